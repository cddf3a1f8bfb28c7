package client

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"keyfob/internal/fault"
	"keyfob/storage"
)

const (
	startLimit = 10 * time.Second      // until an agent that was started must answer
	lookLimit  = 3 * time.Second       // until one that is there must; it looks after its socket every two seconds
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
//
// Whoever holds the lock and does not answer is coming, going or listening anew: soon there is an answer, or the lock
// is free. If not, the error is fault.NoAgent with the reason AgentUnreachable.
func Ensure(ctx context.Context, f Finder) (*Client, error) {
	limit := startLimit
	if f.Start == nil {
		limit = lookLimit
	}
	wait, cancel := context.WithTimeout(ctx, limit)
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
			return nil, f.tooLate(ctx)
		case fault.CodeOf(err) != fault.NoAgent || f.Start == nil && !held:
			return nil, err
		}
		if !held && ended == nil {
			if tries++; tries > startTries {
				return nil, fault.New(fault.AgentFailed).WithReason(fault.AgentEnded).Because(why)
			}
			if ended, err = f.Start(wait); err != nil {
				return nil, notStarted(err)
			}
		}
		select {
		case <-wait.Done():
			return nil, f.tooLate(ctx)
		case why = <-ended:
			ended = nil
		case <-look.C:
		}
	}
}

// tooLate is why nobody was found in time: the caller's own end, a lock that somebody holds who does not listen, or an
// agent that was started and never came.
func (f Finder) tooLate(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if holder, held := f.Places.Holder(); held {
		return Unreachable(holder)
	}
	return fault.New(fault.AgentFailed, "seconds", strconv.Itoa(int(startLimit.Seconds()))).
		WithReason(fault.AgentNoAnswer)
}

// Unreachable is the fault for an agent that holds the lock, and at whose socket nobody is.
func Unreachable(holder storage.Holder) error {
	f := fault.New(fault.NoAgent)
	if holder.PID != 0 {
		f = fault.New(fault.NoAgent, "pid", strconv.Itoa(holder.PID))
	}
	return f.WithReason(fault.AgentUnreachable)
}

// find looks at the places where an agent of this environment listens, and at the place that the holder of the lock
// names: the agent may have been started in another environment, for example in a desktop session while we came over
// SSH. Held tells whether somebody holds the lock.
func (f Finder) find(ctx context.Context) (c *Client, held bool, err error) {
	paths := f.Places.Sockets()
	if err = answers(ctx, paths[0]); fault.CodeOf(err) != fault.NoAgent {
		return f.client(paths[0]), true, err
	}
	holder, held := f.Places.Holder()
	if !held {
		return nil, false, err
	}
	if holder.Socket != "" && !slices.Contains(paths, holder.Socket) {
		paths = slices.Insert(paths, 1, holder.Socket)
	}
	for _, path := range paths[1:] {
		if elsewhere := answers(ctx, path); fault.CodeOf(elsewhere) != fault.NoAgent {
			return f.client(path), true, elsewhere
		}
	}
	return nil, true, err
}

// client is one for the agent at path, that knows who it should be.
func (f Finder) client(path string) *Client {
	c := New(path)
	c.holder = f.Places.Holder
	return c
}

// answers returns nil if an agent of our user listens at path.
func answers(ctx context.Context, path string) error {
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
	return fault.New(fault.AgentFailed).WithReason(fault.AgentNotStarted).Because(err)
}
