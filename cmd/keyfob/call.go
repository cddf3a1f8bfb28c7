package main

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/apicall"
	"keyfob/internal/fastpath"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/profile"
	"keyfob/internal/words"
)

const (
	callPatience = 30 * time.Second // how long a call waits where the API says "not now"
	callAnswer   = 5 * time.Minute  // how long the API may take to begin its answer
)

type callOptions struct {
	method, data            string
	headers                 []string
	include, asJSON, pretty bool
}

func (a *app) callCommand() *cobra.Command {
	var o callOptions
	cmd := &cobra.Command{
		Use:               "call ID [PATH|URL]",
		Args:              accountAndPath,
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.call(cmd.Context(), args[0], strings.Join(args[1:], ""), o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.method, "request", "X", "", "")
	f.StringArrayVarP(&o.headers, "header", "H", nil, "")
	f.StringVarP(&o.data, "data", "d", "", "")
	f.BoolVarP(&o.include, "include", "i", false, "")
	f.BoolVar(&o.asJSON, "json", false, "")
	f.BoolVar(&o.pretty, "pretty", false, "")
	return cmd
}

func accountAndPath(cmd *cobra.Command, args []string) error {
	switch n := len(args); {
	case n == 2:
		return nil
	case n > 2:
		return misused(fault.UsageOnePath)
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
		Profile: p, Credentials: client.Credentials(&agentSource{}, id, 0), Base: base, Patience: callPatience,
	}
	began := time.Now()
	res, err := a.send(t, req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	took := time.Since(began).Round(time.Millisecond)
	if o.asJSON {
		err = a.printCall(res, took)
	} else {
		a.tell("cli.call.took", "status", apicall.Tame(res.Status), "took", took.String())
		if o.include {
			a.printHeaders(res.Header)
		}
		err = a.printBody(res.Response, o.pretty)
	}
	return cmp.Or(err, res.Problem)
}

// send sends a request, and says what it waits for.
func (a *app) send(t *apicall.Transport, req *http.Request) (apicall.Response, error) {
	w := waiter{out: a.err}
	defer w.end()
	t.Waits = w.waits
	return t.Do(req)
}

// waiter tells a person what a call waits for, where the call takes long.
type waiter struct {
	out  io.Writer
	long *time.Timer
}

func (w *waiter) waits(wait account.Wait) {
	w.end()
	line := words.WaitingLine(wait) + "\n"
	w.long = time.AfterFunc(fastpath.Patience, func() { _, _ = io.WriteString(w.out, line) })
}

func (w *waiter) end() {
	if w.long != nil {
		w.long.Stop()
	}
}

// callRequest makes the request from what was typed.
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
		return nil, misused(fault.UsageNoSuchRequest, "method", o.method, "address", target)
	}
	if file, is := body.(*os.File); is && o.data != "@-" {
		if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
			req.ContentLength = info.Size() // some servers want to know the length
		}
	}
	req.Header.Set("User-Agent", "keyfob")
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	return req, setHeaders(req.Header, o.headers)
}

// callBody returns the body that -d names, and the media type that it seems to have.
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
		return nil, "", misused(fault.UsageFileUnreadable, "path", name)
	}
	if kind = "application/octet-stream"; strings.HasSuffix(name, ".json") {
		kind = "application/json"
	}
	return file, kind, nil
}

// setHeaders sets the headers that were typed. It refuses those that only Keyfob may set.
func setHeaders(h http.Header, lines []string) error {
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		canonical := http.CanonicalHeaderKey(strings.ReplaceAll(strings.TrimSpace(name), "_", "-"))
		switch {
		case !ok || name == "" || strings.ContainsFunc(name, notToken) || strings.ContainsFunc(value, control):
			return misused(fault.UsageHeaderForm)
		case slices.Contains([]string{"Authorization", "Proxy-Authorization"}, canonical):
			return misused(fault.UsageHeaderOurs, "header", canonical)
		case slices.Contains([]string{"Host", "Content-Length", "Transfer-Encoding", "Connection"}, canonical):
			return misused(fault.UsageHeaderDerived, "header", canonical)
		case !slices.ContainsFunc(lines[:i], sameName(name)):
			h.Del(name) // the header that was typed replaces ours
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

// notToken tells characters that the name of a header cannot have (RFC 9110 §5.1).
func notToken(r rune) bool {
	return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

func control(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
