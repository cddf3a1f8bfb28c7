package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/localapi/peer"
	"keyfob/internal/localapi/wire"
	"keyfob/internal/process"
	"keyfob/storage"
)

const (
	responseBytes = 4 << 20          // of a response, or of one event
	idleLimit     = 30 * time.Second // less than the server's, so that the client hangs up and not the server
	idleConns     = 8                // kept open between calls, so that callers side by side do not dial each time
	soonLimit     = 5 * time.Second  // for what an agent that works answers at once
)

// Client asks an agent. It connects when it is first used, and may be used by many goroutines. Errors are
// *fault.Error, or the context's own when that has ended.
type Client struct {
	path      string
	transport *http.Transport
	// holder tells who holds the lock of the agent that was looked for; nil where none was.
	holder func() (storage.Holder, bool)
}

// New makes a Client for the socket at that path; nobody needs to be there yet.
func New(socketPath string) *Client {
	c := &Client{path: socketPath}
	c.transport = &http.Transport{
		DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, c.path) },
		DisableCompression:     true,
		MaxIdleConnsPerHost:    idleConns,
		IdleConnTimeout:        idleLimit,
		MaxResponseHeaderBytes: wire.HeaderBytes,
	}
	return c
}

// Close hangs up what is idle. Streams end with their context.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// dial connects to the agent, and makes sure that it is our user's before anything is said: fault.NoAgent when
// nobody listens, fault.OtherUser.
func dial(ctx context.Context, path string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, fault.New(fault.OtherUser).Because(err)
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fault.New(fault.NoAgent).Because(err)
	}
	who, err := peer.Of(conn.(*net.UnixConn))
	who.Release()
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// dialAgent is dial for those who have a secret to send. Whoever may write into the socket's folder can put another
// socket there, also from a container. So the one who listens must see the system as we do, and be the process that
// holds the agent's lock, if we know the lock: fault.AgentFailed with the reason AgentNotExpected.
func (c *Client) dialAgent(ctx context.Context) (net.Conn, error) {
	conn, err := dial(ctx, c.path)
	if err != nil {
		return nil, err
	}
	who, err := peer.Of(conn.(*net.UnixConn))
	if err != nil {
		conn.Close()
		return nil, err
	}
	defer who.Release()
	if !c.expects(who) {
		conn.Close()
		return nil, broken(fault.AgentNotExpected)
	}
	return conn, nil
}

// expects tells whether that is the agent. One that could not write down who it is, as on a full disk, holds the lock
// all the same.
func (c *Client) expects(who peer.Process) bool {
	switch {
	case who.Untold():
		return true
	case who.Stranger:
		return false
	case c.holder == nil:
		return true
	}
	holder, held := c.holder()
	same := holder.PID == who.PID && (holder.Process == "" || holder.Process == process.Started(who.PID))
	return held && (holder.PID == 0 || same) && who.Lives()
}

func profilePath(id string) string { return "/v1/profiles/" + url.PathEscape(id) }

// ask sends a request whose response is a T.
func ask[T any](ctx context.Context, c *Client, method, path string, body []byte) (T, error) {
	var v T
	data, err := c.ask(ctx, method, path, body)
	if err != nil {
		return v, err
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return v, broken(fault.AgentUnreadable)
	}
	return v, nil
}

// soon bounds a request that the agent answers at once: an agent that does not is stopped or stuck, or another program
// listens at its socket. The error is then fault.AgentFailed with the reason AgentSilent.
func soon[T any](ctx context.Context, request func(context.Context) (T, error)) (T, error) {
	wait, cancel := context.WithTimeout(ctx, soonLimit)
	defer cancel()
	v, err := request(wait)
	if err != nil && wait.Err() != nil && ctx.Err() == nil {
		err = broken(fault.AgentSilent)
	}
	return v, err
}

func (c *Client) ask(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	return c.askOver(ctx, c.transport, method, path, body)
}

// tell sends a secret, on a connection of its own to whom it is meant for.
func (c *Client) tell(ctx context.Context, method, path string, body []byte) error {
	checked := c.transport.Clone()
	checked.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dialAgent(ctx) }
	checked.DisableKeepAlives = true
	_, err := c.askOver(ctx, checked, method, path, body)
	return err
}

func (c *Client) askOver(
	ctx context.Context, over *http.Transport, method, path string, body []byte,
) ([]byte, error) {
	res, err := send(ctx, over, method, path, body)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, responseBytes))
	if err != nil {
		return nil, lost(ctx, err)
	}
	return data, nil
}

// send returns the response if it is a good one. It goes to the transport directly: there are no redirects to follow,
// no cookies and no proxy.
func send(ctx context.Context, over *http.Transport, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+wire.Host+path, bytes.NewReader(body))
	if err != nil {
		return nil, fault.New(fault.BadUsage).WithReason(fault.UsageNotAskable)
	}
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	// Not sent, as it is empty: it tells the transport that it may send again where a kept connection turns out to be
	// closed. Every request of ours may be asked twice; a second sign-in joins the first.
	req.Header["Idempotency-Key"] = nil
	res, err := over.RoundTrip(req)
	if err != nil {
		return nil, lost(ctx, err)
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer res.Body.Close()
	return nil, faultOf(res)
}

// faultOf reads the error that a response carries.
func faultOf(res *http.Response) error {
	var said wire.Error
	data, err := io.ReadAll(io.LimitReader(res.Body, responseBytes))
	if err != nil || json.Unmarshal(data, &said) != nil || said.Error == nil {
		return broken(fault.AgentBadStatus, "status", strconv.Itoa(res.StatusCode))
	}
	return said.Error
}

// lost types what went wrong between the agent and us. The transport's own texts may quote what was sent, so they
// go no further.
func lost(ctx context.Context, err error) error {
	var typed *fault.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &typed):
		return typed
	}
	return broken(fault.AgentBrokeOff)
}

// broken is an agent that was there and gave no response of ours.
func broken(reason fault.Reason, args ...string) error {
	return fault.New(fault.AgentFailed, args...).WithReason(reason)
}
