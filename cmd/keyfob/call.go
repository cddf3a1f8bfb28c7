package main

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/apicall"
	"keyfob/internal/fastpath"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/words"
)

const (
	callPatience = 30 * time.Second // how long a call waits where the API says "not now"
	callAnswer   = 5 * time.Minute  // how long the API may take to begin its answer
)

// call is one run of keyfob call.
type call struct {
	t *terminal

	method, data            string
	headers                 []string
	include, asJSON, pretty bool
}

func newCall(t *terminal) *cobra.Command {
	c := &call{t: t}
	cmd := &cobra.Command{
		Use:               "call ID [PATH|URL]",
		Args:              accountAndPath,
		ValidArgsFunction: completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.run(cmd.Context(), args[0], optional(args[1:]))
		},
	}
	f := cmd.Flags()
	f.StringVarP(&c.method, "request", "X", "", "")
	f.StringArrayVarP(&c.headers, "header", "H", nil, "")
	f.StringVarP(&c.data, "data", "d", "", "")
	f.BoolVarP(&c.include, "include", "i", false, "")
	f.BoolVar(&c.asJSON, "json", false, "")
	f.BoolVar(&c.pretty, "pretty", false, "")
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

// run sends one request to the account's API and prints the response. ref is a path or a URL; where it is empty the
// profile names the address.
func (c *call) run(ctx context.Context, id, ref string) error {
	p, err := profileOf(ctx, id)
	if err != nil {
		return err
	}
	req, err := c.request(ctx, p, ref)
	if err != nil {
		return err
	}
	base := apicall.NewBase()
	defer base.CloseIdleConnections()
	base.ResponseHeaderTimeout = callAnswer
	transport := &apicall.Transport{
		Profile: p, Credentials: client.Credentials(&agentSource{}, id, 0), Base: base, Patience: callPatience,
	}
	began := time.Now()
	res, err := send(c.t.err, transport, req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := c.print(res, time.Since(began).Round(time.Millisecond)); err != nil {
		return err
	}
	return res.Problem
}

// send sends a request. Where that takes long it prints to w what it waits for.
func send(w io.Writer, transport *apicall.Transport, req *http.Request) (apicall.Response, error) {
	notice := waitNotice{w: w}
	defer notice.stop()
	transport.Waits = notice.waits
	return transport.Do(req)
}

// waitNotice prints what a call waits for, where that takes long.
type waitNotice struct {
	w     io.Writer
	timer *time.Timer
}

func (n *waitNotice) waits(wait account.Wait) {
	n.stop()
	line := words.WaitingLine(wait) + "\n"
	n.timer = time.AfterFunc(fastpath.Patience, func() { _, _ = io.WriteString(n.w, line) })
}

func (n *waitNotice) stop() {
	if n.timer != nil {
		n.timer.Stop()
	}
}
