package apicall

import (
	"context"
	"crypto/tls"
	"io"
	"net/http/httptrace"
	"sync/atomic"
)

// mostFresh is on how many new connections one request may go out: the first may be closed in the moment in which it is
// used.
const mostFresh = 2

// sent follows one request through net/http, which repeats some by itself. By HTTP/1 it does so where the server cannot
// have acted on it. By HTTP/2 it also repeats what the server may have acted on (a stream that is reset with
// PROTOCOL_ERROR), on one new connection after the other, and without end; that is cut off here. A connection that the
// server takes leave of looks the same from here, so that a request that changes something is not repeated then either.
type sent struct {
	cancel  context.CancelFunc
	safe    bool         // it changes nothing
	arrived atomic.Bool  // the server may have acted on it; never set where it is safe
	fresh   atomic.Int32 // new connections that it went out on
}

func (s *sent) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: s.connected, WroteHeaders: func() { s.arrived.Store(!s.safe) },
	})
}

func (s *sent) connected(to httptrace.GotConnInfo) {
	conn, isTLS := to.Conn.(*tls.Conn)
	if !isTLS || conn.ConnectionState().NegotiatedProtocol != "h2" {
		return
	}
	if s.arrived.Load() || !to.Reused && s.fresh.Add(1) > mostFresh {
		s.cancel()
	}
}

// ending is an answer's body, after which nothing is left of its request.
type ending struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (e *ending) Close() error {
	defer e.cancel()
	return e.ReadCloser.Close()
}
