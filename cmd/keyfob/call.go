package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/apicall"
	"keyfob/internal/display"
	"keyfob/internal/fastpath"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

const (
	callPatience = 30 * time.Second // that a call waits where the API says "not now"
	callAnswer   = 5 * time.Minute  // until the API begins to answer
)

type callOptions struct {
	method, data            string
	headers                 []string
	include, asJSON, pretty bool
}

func (a *app) callCommand() *cobra.Command {
	var o callOptions
	cmd := &cobra.Command{
		Use:   "call ID [PATH|URL]",
		Short: "Call the account's API with an access token",
		Long: `Call the account's API with an access token. A path is one below the first of the
profile's api.base_urls; without one it is the profile's api.test_url. The token
goes to the profile's API alone, and redirects are not followed.

The body is printed, and nothing else; status and time are on standard error, and
so are what it waits for, where that takes long, and what a refusal means. The exit
code says which kind of refusal it is: 6 where the API does not accept the token or
does not allow this, 7 where it wants fewer requests, 5 where it has a problem or
cannot be reached, 1 where it refuses otherwise.`,
		Example: `  keyfob call acme                   is everything as it should be?
  keyfob call acme '/orders?limit=5'
  keyfob call acme /orders -d @order.json
  keyfob call acme -X DELETE /orders/7 -i`,
		Args:              accountAndPath,
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.call(cmd.Context(), args[0], strings.Join(args[1:], ""), o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.method, "request", "X", "", "the method (GET, or POST where there is a body)")
	f.StringArrayVarP(&o.headers, "header", "H", nil, `a header, as in -H "Accept: text/csv"; may be repeated`)
	f.StringVarP(&o.data, "data", "d", "", "the body; @FILE is that of a file, @- of standard input")
	f.BoolVarP(&o.include, "include", "i", false, "show the answer's headers too, on standard error")
	f.BoolVar(&o.asJSON, "json", false, "print status, time, headers and body as JSON")
	f.BoolVar(&o.pretty, "pretty", false, "set out JSON for people, also where the output is no terminal")
	return cmd
}

func accountAndPath(cmd *cobra.Command, args []string) error {
	switch n := len(args); {
	case n == 2:
		return nil
	case n > 2:
		return errors.New("behind the id comes one path or address")
	}
	return oneID(cmd, args)
}

func (a *app) call(ctx context.Context, id, ref string, o callOptions) error {
	p, err := profileOf(ctx, id)
	if err != nil {
		return err
	}
	req, err := a.callRequest(ctx, p, ref, o)
	if err != nil {
		return err
	}
	base := apicall.NewBase()
	defer base.CloseIdleConnections()
	base.ResponseHeaderTimeout = callAnswer
	t := &apicall.Transport{
		Profile: p, Credentials: apicall.CredentialsOf(&agentTokens{id: id}), Base: base, Patience: callPatience,
	}
	began := time.Now()
	res, problem, err := a.send(t, req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	took := time.Since(began).Round(time.Millisecond)
	if o.asJSON {
		err = a.printCall(res, problem, took)
	} else {
		fmt.Fprintf(a.err, "%s in %v\n", apicall.Tame(res.Status), took)
		if o.include {
			a.printHeaders(res.Header)
		}
		err = a.printBody(res, o.pretty)
	}
	if err == nil && problem != nil {
		return problem
	}
	return err
}

// send sends a request, and says what it waits for.
func (a *app) send(t *apicall.Transport, req *http.Request) (*http.Response, *fault.Error, error) {
	w := waiter{out: a.err}
	defer w.end()
	t.Waits = w.waits
	return t.Do(req)
}

// waiter tells a person what a call waits for, where that takes its time.
type waiter struct {
	out  io.Writer
	long *time.Timer
}

func (w *waiter) waits(what string) {
	w.end()
	line := fastpath.Waiting
	if what != apicall.ForToken {
		line = "keyfob: waiting " + what + ". Ctrl-C ends this.\n"
	}
	w.long = time.AfterFunc(fastpath.Patience, func() { _, _ = io.WriteString(w.out, line) })
}

func (w *waiter) end() {
	if w.long != nil {
		w.long.Stop()
	}
}

// callRequest makes the request of what was typed.
func (a *app) callRequest(ctx context.Context, p profile.Profile, ref string, o callOptions) (*http.Request, error) {
	target, err := apicall.Address(p, ref)
	if err != nil {
		return nil, err
	}
	if o.method == "" {
		o.method = http.MethodGet
		if o.data != "" {
			o.method = http.MethodPost
		}
	}
	body, kind, err := a.callBody(o.data)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, o.method, target, body)
	if err != nil {
		return nil, badCall("there is no such method or address: " + display.Clean(o.method+" "+target, 100))
	}
	if file, is := body.(*os.File); is && o.data != "@-" {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
			req.ContentLength = info.Size() // there are servers that insist on knowing it
		}
	}
	req.Header.Set("User-Agent", "keyfob")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	return req, setHeaders(req.Header, o.headers)
}

func badCall(reason string) error { return fault.New(fault.BadUsage, "reason", reason) }

// callBody is what -d says, and what kind of thing that looks like.
func (a *app) callBody(data string) (body io.Reader, kind string, err error) {
	name, isFile := strings.CutPrefix(data, "@")
	switch {
	case data == "":
		return nil, "", nil
	case data == "@-":
		return a.in, "application/octet-stream", nil
	case !isFile:
		return strings.NewReader(data), apicall.KindOf(data), nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, "", badCall("this file cannot be read: " + display.Clean(name, 100))
	}
	if kind = "application/octet-stream"; strings.HasSuffix(name, ".json") {
		kind = "application/json"
	}
	return file, kind, nil
}

// setHeaders takes the headers that were typed. Who asks is said by the token alone.
func setHeaders(h http.Header, lines []string) error {
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		canonical := http.CanonicalHeaderKey(strings.ReplaceAll(strings.TrimSpace(name), "_", "-"))
		switch {
		case !ok || name == "" || strings.ContainsFunc(name, notToken) || strings.ContainsFunc(value, control):
			return badCall(`a header is a name and a value, as in -H "Accept: text/csv"`)
		case slices.Contains([]string{"Authorization", "Proxy-Authorization"}, canonical):
			return badCall(canonical + " is set by Keyfob: that is what it is for")
		case slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection"}, canonical):
			return badCall(canonical + " follows from the address and the body")
		case !slices.ContainsFunc(lines[:i], sameName(name)):
			h.Del(name) // ours, where one of theirs comes in its place
		}
		h.Add(name, strings.TrimSpace(value))
	}
	return nil
}

func sameName(name string) func(string) bool {
	return func(line string) bool {
		other, _, _ := strings.Cut(line, ":")
		return strings.EqualFold(other, name)
	}
}

// notToken tells what is not in the name of a header (RFC 9110 §5.1).
func notToken(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func control(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
