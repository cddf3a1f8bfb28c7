package apicall

import (
	"context"
	"crypto/tls"
	"io"
	"net/http/httptrace"
	"sync/atomic"
)

// maxNewConns is on how many new connections one request may go out: the first may be closed in the moment in which it
// is used.
const maxNewConns = 2

// delivery follows one request through net/http, which repeats some requests by itself. By HTTP/1 it repeats a request
// where the server cannot have acted on it. By HTTP/2 it also repeats what the server may have acted on (a stream that
// is reset with PROTOCOL_ERROR), on one new connection after another, without end. Such repetitions are cut off here. A
// server that says goodbye (GOAWAY) looks the same from here, so a request that changes something is not repeated then
// either.
type delivery struct {
	cancel  context.CancelFunc
	safe    bool         // it changes nothing
	arrived atomic.Bool  // the server may have acted on it; never set where it is safe
	fresh   atomic.Int32 // new connections that it went out on
}

func (d *delivery) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: d.connected, WroteHeaders: func() { d.arrived.Store(!d.safe) },
	})
}

func (d *delivery) connected(to httptrace.GotConnInfo) {
	conn, isTLS := to.Conn.(*tls.Conn)
	if !isTLS || conn.ConnectionState().NegotiatedProtocol != "h2" {
		return
	}
	if d.arrived.Load() || !to.Reused && d.fresh.Add(1) > maxNewConns {
		d.cancel()
	}
}

// cancelOnClose is a response's body that ends its request's context when it is closed.
type cancelOnClose struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (e *cancelOnClose) Close() error {
	defer e.cancel()
	return e.ReadCloser.Close()
}
