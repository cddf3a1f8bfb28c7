package oauthflow

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"
)

// moment is how long everybody is listened to, however many push from behind: browsers ask as soon as they are let in.
const moment = 25 * time.Millisecond

// crowd bounds the connections to the callback's port without turning anybody away: a new one may be the browser. Where
// there are too many, the one that came first makes room, but not before it has had its moment: until then newcomers
// wait at the door. A browser's connection is young when it matters, and as soon as it has shown the state it is kept.
type crowd struct {
	limit int

	mu   sync.Mutex
	open []*guest // in the order in which they came
}

// entrance is a listener whose connections are guests of a crowd.
type entrance struct {
	net.Listener
	crowd *crowd
}

// Accept returns the next connection when there is room for it.
func (e entrance) Accept() (net.Conn, error) {
	conn, err := e.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g := &guest{Conn: conn, crowd: e.crowd}
	for wait := e.crowd.enter(g); wait > 0; wait = e.crowd.enter(g) {
		time.Sleep(wait)
	}
	return g, nil
}

// enter lets g in, or says after which time to try again.
func (c *crowd) enter(g *guest) (wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= c.limit {
		first := c.open[0]
		if wait = first.rest(); wait > 0 {
			return wait
		}
		_ = first.Conn.Close()
		c.open = slices.Delete(c.open, 0, 1)
	}
	c.open = append(c.open, g)
	return 0
}

func (c *crowd) leave(g *guest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = slices.DeleteFunc(c.open, func(o *guest) bool { return o == g })
}

// guest is one connection.
type guest struct {
	net.Conn
	crowd *crowd
	heard time.Time // when we first listened to it; guarded by crowd.mu
}

// rest is what is left of the guest's moment. It begins when we listen, which on a busy machine is not when they come.
func (g *guest) rest() time.Duration {
	if g.heard.IsZero() {
		return moment
	}
	return time.Until(g.heard.Add(moment))
}

// Read listens to the guest.
func (g *guest) Read(p []byte) (int, error) {
	g.crowd.mu.Lock()
	if g.heard.IsZero() {
		g.heard = time.Now()
	}
	g.crowd.mu.Unlock()
	return g.Conn.Read(p)
}

// Close ends the connection, and the guest's place is free.
func (g *guest) Close() error {
	g.crowd.leave(g)
	return g.Conn.Close()
}

// CloseWrite says that the answer is complete. net/http does so before it hangs up on somebody who still speaks.
func (g *guest) CloseWrite() error {
	if tcp, ok := g.Conn.(*net.TCPConn); ok {
		return tcp.CloseWrite()
	}
	return nil
}

type connection struct{}

// remember lets a handler find its connection.
func remember(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connection{}, conn)
}

// keep takes the connection of a request out of its crowd, so that it is not cut.
func keep(ctx context.Context) {
	if g, ok := ctx.Value(connection{}).(*guest); ok {
		g.crowd.leave(g)
	}
}
