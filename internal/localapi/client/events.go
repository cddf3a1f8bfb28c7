package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/url"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
)

// Watch returns snapshots: one at once, then one after every change. Of several that the reader was too slow for it
// gets the latest. The channel is closed when ctx ends, or when the agent does.
func (c *Client) Watch(ctx context.Context, kind string) (<-chan account.Snapshot, error) {
	path := "/v1/watch?client=" + url.QueryEscape(kind)
	res, err := send(ctx, c.transport, "GET", path, nil) //nolint:bodyclose // the reader closes it
	if err != nil {
		return nil, err
	}
	snapshots := make(chan account.Snapshot, 1)
	go func() {
		defer close(snapshots)
		defer res.Body.Close()
		follow(res.Body, snapshots)
	}()
	return snapshots, nil
}

func follow(stream io.Reader, snapshots chan account.Snapshot) {
	events := newEventReader(stream)
	for {
		name, data, err := events.next()
		if err != nil {
			return
		}
		var s account.Snapshot
		if name != wire.EventSnapshot || json.Unmarshal(data, &s) != nil {
			continue
		}
		wire.Latest(snapshots, s)
	}
}

// SignIn starts the sign-in of profile id, or joins the one that is under way, calls open with the URL for the
// browser, and returns when the person has signed in: nil, or why not. If ctx ends or open fails, only the waiting
// ends, with that error; the attempt goes on until Cancel.
func (c *Client) SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error {
	body, err := wire.Encode(wire.SignInRequest{AnotherAccount: another})
	if err != nil {
		return err
	}
	res, err := send(ctx, c.transport, "POST", profilePath(id)+"/sign-in", body)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	events := newEventReader(res.Body)
	for {
		name, data, err := events.next()
		if err != nil {
			return lost(ctx, err)
		}
		switch name {
		case wire.EventAttempt:
			var a account.Attempt
			if json.Unmarshal(data, &a) != nil {
				return broken(fault.AgentUnreadable)
			}
			if err := open(a); err != nil {
				return err
			}
		case wire.EventDone:
			return nil
		case wire.EventFailed:
			var said wire.Error
			if json.Unmarshal(data, &said) != nil || said.Error == nil {
				return broken(fault.AgentUnreadable)
			}
			return said.Error
		}
	}
}

// eventReader reads server-sent events as our server writes them: one line of data each.
type eventReader struct{ lines *bufio.Scanner }

func newEventReader(r io.Reader) *eventReader {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, responseBytes)
	return &eventReader{lines}
}

// next returns the next event; data is valid until the call after. The error is io.EOF at the stream's end.
func (e *eventReader) next() (name string, data []byte, err error) {
	for e.lines.Scan() {
		field, value, _ := bytes.Cut(e.lines.Bytes(), []byte(": "))
		switch string(field) {
		case "event":
			name = string(value)
		case "data":
			return name, value, nil
		}
	}
	if err := e.lines.Err(); err != nil {
		return "", nil, err
	}
	return "", nil, io.EOF
}
