package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"keyfob/internal/apicall"
	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// prettyBytes is the longest body that is indented, or put into JSON. A longer body is printed as it comes.
const prettyBytes = 8 << 20

// print prints a response. The error is that of printing, or of a body that did not come whole.
func (c *call) print(res apicall.Response, took time.Duration) error {
	if c.asJSON {
		return c.printJSON(res, took)
	}
	c.t.printErr("cli.call.took", "status", apicall.Tame(res.Status), "took", words.Took(took))
	if c.include {
		printHeaders(c.t.err, res.Header)
	}
	return printBody(c.t.out, res.Response, c.pretty)
}

// responseJSON is a response as JSON.
type responseJSON struct {
	Status  int               `json:"status"`
	Took    int64             `json:"time_ms"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body,omitempty"`        // JSON as it is, else text
	Binary  []byte            `json:"body_base64,omitempty"` // where it is neither
	Problem *fault.Error      `json:"problem,omitempty"`
}

func (c *call) printJSON(res apicall.Response, took time.Duration) error {
	r := responseJSON{Status: res.StatusCode, Took: took.Milliseconds(), Headers: map[string]string{}}
	if res.Problem != nil {
		r.Problem = fault.Of(res.Problem)
	}
	whole := r.Problem
	for name, values := range res.Header {
		r.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, prettyBytes+1))
	switch {
	case err != nil:
		r.Problem = incomplete(res.Response, fault.CutBrokeOff)
	case len(body) > prettyBytes:
		r.Problem, body = incomplete(res.Response, fault.CutTooLong), nil
	}
	switch {
	case isJSON(res.Response) && json.Valid(body):
		r.Body = json.RawMessage(body)
	case !utf8.Valid(body):
		r.Binary = body
	case len(body) > 0:
		r.Body = string(body)
	}
	if err := c.t.printJSON(r); err != nil || r.Problem == whole {
		return err
	}
	return r.Problem
}

// incomplete is the fault of a body that is not printed whole.
func incomplete(res *http.Response, reason fault.Reason) *fault.Error {
	return fault.New(fault.APICut, "host", display.Host(res.Request.URL.String())).WithReason(reason)
}

func isJSON(res *http.Response) bool { return strings.Contains(res.Header.Get("Content-Type"), "json") }

func printHeaders(w io.Writer, h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			fmt.Fprintf(w, "%s: %s\n", apicall.Tame(name), apicall.Tame(value))
		}
	}
	fmt.Fprintln(w)
}

// printBody prints a body as it comes. JSON is indented at a terminal, and elsewhere where pretty says so. A terminal
// gets text only, and a line end after it.
func printBody(w io.Writer, res *http.Response, pretty bool) error {
	shown := isTerminal(w)
	if shown {
		w = &textWriter{w: w}
	}
	body := io.Reader(res.Body)
	if isJSON(res) && (shown || pretty) {
		var begin bytes.Buffer
		_, err := io.CopyN(&begin, res.Body, prettyBytes)
		if body = io.MultiReader(&begin, res.Body); errors.Is(err, io.EOF) && json.Valid(begin.Bytes()) {
			body = indentedJSON(begin.Bytes())
		}
	}
	printed := &lastByteWriter{w: w}
	if _, err := io.Copy(printed, body); err != nil {
		if printed.failed {
			return err
		}
		return incomplete(res, fault.CutBrokeOff)
	}
	if shown && printed.last != '\n' && printed.last != 0 {
		fmt.Fprintln(w)
	}
	return nil
}

// indentedJSON is JSON on several lines. The text is valid JSON.
func indentedJSON(text []byte) io.Reader {
	var set bytes.Buffer
	_ = json.Indent(&set, text, "", "  ")
	set.WriteByte('\n')
	return &set
}

// lastByteWriter knows the last byte that was written, and whether writing failed. So a copy that fails shows which
// of its two sides failed.
type lastByteWriter struct {
	w      io.Writer
	last   byte
	failed bool
}

func (l *lastByteWriter) Write(p []byte) (int, error) {
	if len(p) > 0 {
		l.last = p[len(p)-1]
	}
	n, err := l.w.Write(p)
	l.failed = err != nil
	return n, err
}

// textWriter lets nothing but text through to a terminal, so that an API cannot control the terminal.
type textWriter struct {
	w    io.Writer
	rest []byte // the beginning of a character whose other bytes have not come yet
}

func (t *textWriter) Write(p []byte) (int, error) {
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
