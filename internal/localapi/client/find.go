package client

import (
	"context"
	"errors"
	"time"

	"keyfob/internal/fault"
	"keyfob/storage"
)

const (
	startLimit = 10 * time.Second      // until an agent that was started must answer
	startLook  = 20 * time.Millisecond // between two looks for it
	startTries = 2                     // one may end because another was there, which then ended as well
)

// Finder knows where an agent is to be found and how one is started.
type Finder struct {
	Places storage.Places
	// Start starts an agent as a process of its own and does not wait for it; ended tells once if it has ended.
	// Start is nil where none is to be started.
	Start func(ctx context.Context) (ended <-chan error, err error)
}

// Ensure returns a Client for the agent that is there. If there is none it starts one, and waits for it for at
// most startLimit: fault.NoAgent where none is to be started, fault.AgentFailed where none came or those that
// were started ended. When several processes start one at a time the agent's lock lets one of them live, and all
// find that one.
func Ensure(ctx context.Context, f Finder) (*Client, error) {
	wait, cancel := context.WithTimeoutCause(ctx, startLimit, broken("it did not answer within 10 seconds"))
	defer cancel()
	look := time.NewTicker(startLook)
	defer look.Stop()

	var ended <-chan error // of the one that was started; nil while there is none
	var why error          // how the last one ended
	for tries := 0; ; {
		c, held, err := f.find(wait)
		switch {
		case err == nil:
			return c, nil
		case wait.Err() != nil:
			return nil, context.Cause(wait)
		case fault.CodeOf(err) != fault.NoAgent || f.Start == nil:
			return nil, err
		}
		// Whoever holds the lock and does not answer is coming or going: soon there is an answer, or the lock is free.
		if !held && ended == nil {
			if tries++; tries > startTries {
				return nil, fault.New(fault.AgentFailed, "reason", "it ended before it answered").Because(why)
			}
			if ended, err = f.Start(wait); err != nil {
				return nil, notStarted(err)
			}
		}
		select {
		case <-wait.Done():
			return nil, context.Cause(wait)
		case why = <-ended:
			ended = nil
		case <-look.C:
		}
	}
}

// find looks where an agent of this environment listens, and then where the one that holds the lock says that it
// does: it may have been started in another environment, from a desktop session when we came over SSH. held tells
// whether somebody holds the lock.
func (f Finder) find(ctx context.Context) (c *Client, held bool, err error) {
	path := f.Places.Socket()
	if err = knock(ctx, path); fault.CodeOf(err) != fault.NoAgent {
		return New(path), true, err
	}
	holder, held := f.Places.Holder()
	if !held || holder.Socket == "" || holder.Socket == path {
		return nil, held, err
	}
	return New(holder.Socket), true, knock(ctx, holder.Socket)
}

// knock tells whether somebody of ours listens at path.
func knock(ctx context.Context, path string) error {
	conn, err := dial(ctx, path)
	if err != nil {
		return err
	}
	return conn.Close()
}

func notStarted(err error) error {
	var typed *fault.Error
	if errors.As(err, &typed) {
		return typed
	}
	return fault.New(fault.AgentFailed, "reason", "it cannot be started").Because(err)
}
