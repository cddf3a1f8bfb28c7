package connlimit

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"
)

// Grace is how long each connection is listened to before it can be closed to make room. Browsers and tools send their
// request as soon as they are connected.
const Grace = 25 * time.Millisecond

// Limit is a number of open connections. It may be shared by several listeners.
type Limit struct {
	most int

	mu   sync.Mutex
	open []*conn // oldest first
}

// New makes a Limit of so many open connections.
func New(most int) *Limit { return &Limit{most: most} }

// Listener returns a listener whose connections count against the limit.
func (l *Limit) Listener(inner net.Listener) net.Listener { return listener{inner, l} }

// Open returns how many connections count against the limit now.
func (l *Limit) Open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.open)
}

// ConnContext lets Exempt find the connection of a request. It is for the field of that name of an http.Server.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// Exempt takes the connection of a request out of its limit. The connection is no longer counted, and not closed to
// make room. Without a limited connection in ctx it does nothing.
func Exempt(ctx context.Context) {
	if c, ok := ctx.Value(connKey{}).(*conn); ok {
		c.limit.remove(c)
	}
}

type connKey struct{}

// add counts a connection, or says after which time to try again. Where the limit is reached, the oldest connection is
// closed if its grace is over.
func (l *Limit) add(c *conn) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.open) >= l.most {
		oldest := l.open[0]
		if wait = oldest.graceLocked(); wait > 0 {
			return wait
		}
		_ = oldest.Conn.Close()
		l.open = slices.Delete(l.open, 0, 1)
	}
	l.open = append(l.open, c)
	return 0
}

func (l *Limit) remove(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = slices.DeleteFunc(l.open, func(o *conn) bool { return o == c })
}

type listener struct {
	net.Listener
	limit *Limit
}

// Accept returns the next connection as soon as the limit allows it. Newcomers wait until the oldest connection has
// had its grace.
func (l listener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: accepted, limit: l.limit}
	for wait := l.limit.add(c); wait > 0; wait = l.limit.add(c) {
		time.Sleep(wait)
	}
	return c, nil
}

// conn is one connection that counts against a limit until it is closed or exempted.
type conn struct {
	net.Conn
	limit     *Limit
	firstRead time.Time // when the server first read from it; guarded by limit.mu
}

// graceLocked returns what is left of the connection's grace. The grace begins with the first read: on a busy machine
// that may be long after the connection was accepted. limit.mu is held.
func (c *conn) graceLocked() time.Duration {
	if c.firstRead.IsZero() {
		return Grace
	}
	return time.Until(c.firstRead.Add(Grace))
}

// Read notes when the server first reads from the connection.
func (c *conn) Read(p []byte) (int, error) {
	c.limit.mu.Lock()
	if c.firstRead.IsZero() {
		c.firstRead = time.Now()
	}
	c.limit.mu.Unlock()
	return c.Conn.Read(p)
}

// Close closes the connection, which then no longer counts.
func (c *conn) Close() error {
	c.limit.remove(c)
	return c.Conn.Close()
}

// CloseWrite tells the other side that the response is complete. net/http does so before it closes a connection that
// still sends.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
