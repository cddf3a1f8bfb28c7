package localapi

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"keyfob/internal/account"
	"keyfob/internal/localapi/peer"
)

// maxConns is how many connections are open at once: some 5 MB at worst, with the buffers of net/http. Beyond that the
// next caller waits in the kernel's queue, until one of the others has its response or runs out of time.
const maxConns = 256

// conns is the listener that the HTTP server accepts from. It accepts connections of our own user's processes alone,
// and at most maxConns at a time.
type conns struct {
	net.Listener
	log    *slog.Logger
	places chan struct{} // holds a value for each open connection
	closed chan struct{}
	close  func() error

	mu     sync.Mutex
	silent map[*conn]struct{} // connections without a request so far
}

func newConns(l net.Listener, log *slog.Logger) *conns {
	c := &conns{Listener: l, log: log, places: make(chan struct{}, maxConns), closed: make(chan struct{}),
		silent: map[*conn]struct{}{}}
	c.close = sync.OnceValue(func() error { close(c.closed); return l.Close() })
	return c
}

// Accept returns the next connection of our own user. It waits until there is a place for it.
func (l *conns) Accept() (net.Conn, error) {
	for {
		select {
		case l.places <- struct{}{}:
		case <-l.closed:
			return nil, net.ErrClosed
		}
		accepted, err := l.Listener.Accept()
		if err != nil {
			<-l.places
			return nil, err
		}
		c, err := l.admit(accepted)
		if err == nil {
			return c, nil
		}
		l.log.Warn("connection refused", "error", err)
		_ = accepted.Close()
		<-l.places
	}
}

func (l *conns) admit(accepted net.Conn) (*conn, error) {
	unix, ok := accepted.(*net.UnixConn)
	if !ok {
		return nil, net.UnknownNetworkError(accepted.LocalAddr().Network())
	}
	caller, err := peer.Of(unix)
	if err != nil {
		return nil, err
	}
	c := &conn{UnixConn: unix, conns: l, caller: caller, program: programAt(caller)}
	c.free = sync.OnceFunc(func() { l.forget(c); <-l.places })
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silent[c] = struct{}{}
	return c, nil
}

func (l *conns) forget(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.silent, c)
}

// track is the server's ConnState hook. A connection is new until its first request's header is complete.
func (l *conns) track(c net.Conn, state http.ConnState) {
	if state != http.StateNew {
		l.forget(c.(*conn))
	}
}

// scarce tells whether connections should end with their answer, so that idle ones do not take the last places.
func (l *conns) scarce() bool { return len(l.places) > maxConns/2 }

// Close stops listening. It closes connections without a request too, because the server's Shutdown would wait for
// them.
func (l *conns) Close() error {
	err := l.close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.silent {
		_ = c.UnixConn.Close()
	}
	return err
}

// conn is one connection of our own user.
type conn struct {
	*net.UnixConn
	conns   *conns
	caller  peer.Process
	program account.Program // what the caller was when the connection was accepted
	free    func()          // gives the place back
}

// Close gives the place back.
func (c *conn) Close() error {
	defer c.free()
	c.caller.Release()
	return c.UnixConn.Close()
}

// who returns the process at the other end and its program. When that process has ended, whoever has the connection now
// is nobody: it could be any program, and the process id can be another's.
func (c *conn) who() (peer.Process, account.Program) {
	if c.caller.PID == 0 || c.caller.Lives() {
		return c.caller, c.program
	}
	caller := c.caller
	caller.PID = 0
	return caller, nobody(caller)
}

type connKey struct{}

func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// connOf returns the connection of the request with this context; nil in tests, where there is none.
func connOf(ctx context.Context) *conn {
	c, _ := ctx.Value(connKey{}).(*conn)
	return c
}

// callerOf returns which process sent the request with this context.
func callerOf(ctx context.Context) peer.Process {
	if c := connOf(ctx); c != nil {
		caller, _ := c.who()
		return caller
	}
	return peer.Process{}
}

// programOfCall returns which program sent the request with this context.
func programOfCall(ctx context.Context) account.Program {
	if c := connOf(ctx); c != nil {
		_, program := c.who()
		return program
	}
	return nobody(peer.Process{})
}
