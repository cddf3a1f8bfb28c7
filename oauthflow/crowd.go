package oauthflow

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
)

// crowd bounds the connections to the callback's port without ever turning a new one away: the new one may be the
// browser. When there are too many, the oldest is cut. A browser's connection is young when it matters, and while it
// waits for the result page it is kept.
type crowd struct {
	limit int

	mu   sync.Mutex
	open []net.Conn // the oldest first
}

type connection struct{}

// context lets a handler find its connection.
func (c *crowd) context(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connection{}, conn)
}

// changed follows the states of all connections.
func (c *crowd) changed(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if oldest := c.enter(conn); oldest != nil {
			_ = oldest.Close()
		}
	case http.StateClosed, http.StateHijacked:
		c.leave(conn)
	}
}

func (c *crowd) enter(conn net.Conn) (oldest net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open = append(c.open, conn); len(c.open) > c.limit {
		oldest = c.open[0]
		c.open = slices.Delete(c.open, 0, 1)
	}
	return oldest
}

func (c *crowd) leave(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = slices.DeleteFunc(c.open, func(o net.Conn) bool { return o == conn })
}

// keep takes the connection of a request out of the count, so that it is not cut.
func (c *crowd) keep(ctx context.Context) {
	if conn, ok := ctx.Value(connection{}).(net.Conn); ok {
		c.leave(conn)
	}
}
