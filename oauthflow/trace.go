package oauthflow

import (
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"keyfob/internal/fault"
)

// trace notes whether one token request was written to its connection. A request that fails before (no name, no
// connection, no TLS, no proxy) has spent nothing, and may be made again any number of times. One that fails later may
// have been acted on, its response lost: then a refresh token that rotates may be spent (RFC 9700 §4.14.2).
type trace struct{ written atomic.Bool }

// on returns the request with the trace attached. The transport calls back from a goroutine of its own.
func (t *trace) on(req *http.Request) *http.Request {
	hooks := &httptrace.ClientTrace{WroteHeaders: func() { t.written.Store(true) }}
	return req.WithContext(httptrace.WithClientTrace(req.Context(), hooks))
}

// lost notes in an error of the network that the request may have arrived. Errors that are responses (a redirect) stay
// as they are.
func (t *trace) lost(err error) error {
	f := fault.Of(err)
	if !t.written.Load() || f.Code != fault.Offline && f.Code != fault.TLSFailure {
		return err
	}
	return f.WithMaybeSent()
}

// skew is how far the provider's clock is ahead of ours; 0 where it does not tell.
func (r response) skew(now time.Time) time.Duration {
	date, err := http.ParseTime(r.header.Get("Date"))
	if err != nil {
		return 0
	}
	return date.Sub(now)
}
