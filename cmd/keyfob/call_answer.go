package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"keyfob/internal/apicall"
	"keyfob/internal/display"
	"keyfob/internal/fault"
)

// prettyBytes limits the bodies that are indented or put into JSON. A longer one is printed as it comes.
const prettyBytes = 8 << 20

// called is a call as JSON.
type called struct {
	Status  int               `json:"status"`
	Took    int64             `json:"time_ms"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body,omitempty"`        // JSON as it is, else text
	Binary  []byte            `json:"body_base64,omitempty"` // a body that is neither
	Problem *fault.Error      `json:"problem,omitempty"`
}

func (a *app) printCall(res apicall.Response, took time.Duration) error {
	c := called{Status: res.StatusCode, Took: took.Milliseconds(), Headers: map[string]string{}}
	if res.Problem != nil {
		c.Problem = fault.Of(res.Problem)
	}
	whole := c.Problem
	for name, values := range res.Header {
		c.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, prettyBytes+1))
	switch {
	case err != nil:
		c.Problem = cut(res.Response, fault.CutBrokeOff)
	case len(body) > prettyBytes:
		c.Problem, body = cut(res.Response, fault.CutTooLong), nil
	}
	switch {
	case isJSON(res.Response) && json.Valid(body):
		c.Body = json.RawMessage(body)
	case !utf8.Valid(body):
		c.Binary = body
	case len(body) > 0:
		c.Body = string(body)
	}
	if err := a.printJSON(c); err != nil || c.Problem == whole {
		return err
	}
	return c.Problem
}

func cut(res *http.Response, reason fault.Reason) *fault.Error {
	return fault.New(fault.APICut, "host", display.Host(res.Request.URL.String())).WithReason(reason)
}

func isJSON(res *http.Response) bool { return strings.Contains(res.Header.Get("Content-Type"), "json") }

func (a *app) printHeaders(h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			fmt.Fprintf(a.err, "%s: %s\n", apicall.Tame(name), apicall.Tame(value))
		}
	}
	fmt.Fprintln(a.err)
}

// printBody prints a body as it comes. It indents JSON at a terminal, or where pretty is set.
func (a *app) printBody(res *http.Response, pretty bool) error {
	shown := terminal(a.out)
	out := a.out
	if shown {
		out = &tame{w: a.out}
	}
	body := io.Reader(res.Body)
	if isJSON(res) && (shown || pretty) {
		var begin bytes.Buffer
		_, err := io.CopyN(&begin, res.Body, prettyBytes)
		if body = io.MultiReader(&begin, res.Body); errors.Is(err, io.EOF) && json.Valid(begin.Bytes()) {
			body = indentedJSON(begin.Bytes())
		}
	}
	printed := &measured{w: out}
	if _, err := io.Copy(printed, body); err != nil {
		if printed.failed {
			return err
		}
		return cut(res, fault.CutBrokeOff)
	}
	if shown && printed.last != '\n' && printed.last != 0 {
		fmt.Fprintln(out)
	}
	return nil
}

// indentedJSON is JSON on several lines.
func indentedJSON(text []byte) io.Reader {
	var set bytes.Buffer
	_ = json.Indent(&set, text, "", "  ") // it is valid
	set.WriteByte('\n')
	return &set
}

// measured remembers the last byte that was written, and whether writing failed.
type measured struct {
	w      io.Writer
	last   byte
	failed bool
}

func (c *measured) Write(p []byte) (int, error) {
	if len(p) > 0 {
		c.last = p[len(p)-1]
	}
	n, err := c.w.Write(p)
	c.failed = err != nil
	return n, err
}

// terminal tells whether a person may be looking at what is written.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && attended(f)
}

// tame keeps what an API sends from controlling the terminal: it lets only text through.
type tame struct {
	w    io.Writer
	rest []byte // the beginning of a character
}

func (t *tame) Write(p []byte) (int, error) {
	text := append(t.rest, p...)
	end := len(text)
	for back := 1; back < utf8.UTFMax && back <= len(text); back++ {
		if b := text[len(text)-back]; utf8.RuneStart(b) {
			if !utf8.FullRune(text[len(text)-back:]) {
				end -= back
			}
			break
		}
	}
	t.rest = slices.Clone(text[end:])
	_, err := io.WriteString(t.w, apicall.Tame(string(text[:end])))
	return len(p), err
}
