package oauthflow

import (
	"context"
	"crypto/rand"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"keyfob/assets"
	"keyfob/internal/connlimit"
)

// Limits of the callback's server. They bound what a stranger can hold. A browser needs less.
const (
	requestWait    = 5 * time.Second // for all of a request, and then for the next
	responseTime   = 2 * time.Minute // longer than any exchange, which the result page waits for
	deliveryTime   = 2 * time.Second // for the browser to fetch the result page
	maxHead        = 16 << 10        // bytes of request line and header
	maxQuery       = 8 << 10         // bytes
	maxConnections = 256
)

// loopback is the server that waits for one callback: serve, wait, finish. close ends it at any time. Requests without
// the attempt's state get a response and change nothing. Of those with the state, only the first one counts.
type loopback struct {
	attempt attempt
	log     *slog.Logger
	host    string // what Host must say
	path    string // of the callback
	page    string // path of the result: nobody can guess it, and it holds nothing

	server  *http.Server
	limit   *connlimit.Limit
	serving sync.WaitGroup

	used    atomic.Bool
	arrived chan callback

	outcome   assets.Result
	decided   chan struct{} // closed when outcome is set
	delivered chan struct{} // closed when the browser has it
	once      sync.Once     // for delivered
}

// newLoopback makes the server for the redirect URI of a, which bind made.
func newLoopback(a attempt, log *slog.Logger) *loopback {
	u, _ := url.Parse(a.redirectURI)
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	l := &loopback{
		attempt:   a,
		log:       log,
		host:      strings.TrimSuffix(u.Host, ":80"), // browsers leave out the default port
		path:      path,
		page:      "/done/" + rand.Text(),
		limit:     connlimit.New(maxConnections),
		arrived:   make(chan callback, 1),
		decided:   make(chan struct{}),
		delivered: make(chan struct{}),
	}
	l.server = newServer(l)
	return l
}

func newServer(h http.Handler) *http.Server {
	const slack = 4 << 10 // what net/http allows on top
	return &http.Server{
		Handler:                      h,
		ReadTimeout:                  requestWait,
		WriteTimeout:                 responseTime,
		MaxHeaderBytes:               maxHead - slack,
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     log.New(io.Discard, "", 0), // it would repeat what strangers send
		ConnContext:                  connlimit.ConnContext,
	}
}

// serve starts the server.
func (l *loopback) serve(listeners []net.Listener) {
	for _, listener := range listeners {
		l.serving.Go(func() { _ = l.server.Serve(l.limit.Listener(listener)) }) // it ends with close
	}
}

// wait returns the callback, or false when timeout or ctx came first.
func (l *loopback) wait(ctx context.Context, timeout <-chan time.Time) (callback, bool) {
	select {
	case cb := <-l.arrived:
		return cb, true
	case <-timeout:
	case <-ctx.Done():
	}
	return callback{}, false
}

// finish gives the browser the outcome, waits until the page has been delivered, but no longer than limit, and closes.
func (l *loopback) finish(ctx context.Context, outcome assets.Result, limit <-chan time.Time) {
	l.outcome = outcome
	close(l.decided)
	select {
	case <-l.delivered:
	case <-limit:
	case <-ctx.Done():
	}
	l.close()
}

// close stops listening at once and cuts every connection. It may be called again.
func (l *loopback) close() {
	_ = l.server.Close()
	l.serving.Wait()
}

// ServeHTTP responds to every request at the port. No response carries a CORS header. The only redirect goes to a path
// that was fixed before the first request, and of which nobody else chose a part.
func (l *loopback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setSecurityHeaders(w.Header())
	path, query, _ := strings.Cut(r.RequestURI, "?") // as sent: no decoding, no cleaning, exact or not at all
	switch {
	case r.Host != l.host || r.URL.IsAbs():
		refuse(w, http.StatusMisdirectedRequest) // DNS rebinding, a proxy, 0.0.0.0
	case path != l.path && path != l.page:
		refuse(w, http.StatusNotFound)
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, http.StatusMethodNotAllowed)
	case len(query) > maxQuery:
		refuse(w, http.StatusRequestURITooLong)
	case !isNavigation(r):
		refuse(w, http.StatusNotFound)
	case path == l.page:
		l.showOutcome(w, r)
	default:
		l.receive(w, r, query)
	}
}

// isNavigation tells a person's navigation from what a page or a browser does on its own: images, frames, scripts,
// prefetch, and WebSockets, of whose handshakes browsers say nothing else. A navigation has no body. A browser that
// says nothing about its purpose is believed.
func isNavigation(r *http.Request) bool {
	destination := r.Header.Get("Sec-Fetch-Dest")
	speculative := r.Header.Get("Sec-Purpose") + r.Header.Get("Purpose") + r.Header.Get("X-Moz")
	return r.ContentLength == 0 && r.Header.Get("Upgrade") == "" &&
		(destination == "" || destination == "document") && !strings.Contains(speculative, "prefetch")
}

// receive accepts a request with the attempt's state, once. The browser is sent on before anything is judged, so that
// the code leaves its address bar at once. (Its history file may keep the address. The code is spent by then.)
func (l *loopback) receive(w http.ResponseWriter, r *http.Request, query string) {
	values, err := url.ParseQuery(query)
	switch {
	case err != nil || !l.attempt.owns(values):
		l.log.Debug("a callback without our state was ignored")
		showPage(w, http.StatusBadRequest, otherSignIn())
	case !l.used.CompareAndSwap(false, true):
		l.log.Debug("a second callback was ignored")
		showPage(w, http.StatusGone, alreadyUsed())
	default:
		connlimit.Exempt(r.Context())
		l.arrived <- l.attempt.read(values)
		w.Header().Set("Location", l.page)
		w.WriteHeader(http.StatusSeeOther)
	}
}

// showOutcome waits with the browser until the outcome is known, and tells finish when the browser has it.
func (l *loopback) showOutcome(w http.ResponseWriter, r *http.Request) {
	connlimit.Exempt(r.Context())
	select {
	case <-l.decided:
	case <-r.Context().Done():
		return
	}
	showPage(w, http.StatusOK, l.outcome)
	if http.NewResponseController(w).Flush() == nil {
		l.once.Do(func() { close(l.delivered) })
	}
}
