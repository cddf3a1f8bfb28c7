package gateway

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"

	"keyfob/internal/apicall"
	"keyfob/internal/connlimit"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// rejection is why a request is not forwarded.
type rejection struct {
	status int
	fault  *fault.Error
}

func reject(status int, reason fault.Reason, args ...string) *rejection {
	return &rejection{status, fault.New(fault.BadUsage, args...).WithReason(reason)}
}

// handle is where every request begins. A client that shows its key is forwarded, and its connection no longer counts:
// the limit is there for strangers.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	final := &finalOnly{ResponseWriter: w}
	if no := invalid(r); no != nil {
		final.Header()["Connection"] = []string{"close"}
		respond(final, no.status, no.fault)
		return
	}
	client, known := s.knows(r)
	if !known {
		final.Header()["Connection"] = []string{"close"}
		final.Header()["Www-Authenticate"] = []string{`Basic realm="Keyfob gateway", charset="UTF-8"`}
		no := reject(http.StatusUnauthorized, fault.GatewayKey, "header", KeyHeader)
		respond(final, no.status, no.fault)
		return
	}
	connlimit.Exempt(r.Context())
	if r.ContentLength != 0 {
		_ = http.NewResponseController(final).EnableFullDuplex()
	}
	s.proxy.ServeHTTP(final, r.WithContext(withClient(r.Context(), client)))
}

// clientKey finds in a request's context whose key it has.
type clientKey struct{}

func withClient(ctx context.Context, client string) context.Context {
	return context.WithValue(ctx, clientKey{}, client)
}

func clientOf(ctx context.Context) string { return ctx.Value(clientKey{}).(string) }

// invalid tells what is wrong with a request whoever it is from; nil where nothing is. A browser names the page in
// Origin or Referer, or says in Sec-Fetch-Site that there is one, also on a page's own behalf; a tool does not. The
// host is checked against names that were made to lead here (DNS rebinding).
func invalid(r *http.Request) *rejection {
	address := originOf(r.Context()).address
	_, hasOrigin := r.Header["Origin"]
	_, hasReferer := r.Header["Referer"]
	_, hasFetch := r.Header["Sec-Fetch-Site"]
	upgrade := r.Header.Get("Upgrade")
	switch {
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace:
		return reject(http.StatusMethodNotAllowed, fault.GatewayMethod)
	case !strings.HasPrefix(r.RequestURI, "/") || strings.HasPrefix(r.RequestURI, "//"):
		return reject(http.StatusBadRequest, fault.GatewayPath)
	case strings.Contains(r.RequestURI, "#"):
		return reject(http.StatusBadRequest, fault.GatewayFragment)
	case !isHost(r.Host, address):
		return reject(http.StatusForbidden, fault.GatewayHost, "address", address)
	case hasOrigin || hasReferer || hasFetch:
		return reject(http.StatusForbidden, fault.GatewayWebPage)
	case upgrade != "" && !strings.EqualFold(upgrade, "h2c"):
		return reject(http.StatusNotImplemented, fault.GatewayUpgrade)
	}
	return nil
}

// isHost tells whether a request's host is the address that is listened on, or localhost with its port.
func isHost(host, address string) bool {
	port := address[strings.LastIndexByte(address, ':'):]
	return host == address || strings.EqualFold(host, "localhost"+port)
}

// rewrite sends a request to the API, below the base URL of the listener that it came by. What is no address there gets
// none, and is refused like what would lead elsewhere (apicall.Transport.Do). It leaves out what says who the client
// is, or would have it taken for another. Hop-by-hop headers, Forwarded and X-Forwarded-… of the usual kinds are gone
// already (httputil.ProxyRequest). Trailers are not passed on, and so they are not announced either.
func (s *Server) rewrite(p *httputil.ProxyRequest) {
	to, err := apicall.Join(originOf(p.In.Context()).base, p.In.RequestURI)
	if err != nil {
		to = &url.URL{}
	}
	p.Out.URL, p.Out.Trailer = to, nil
	for name := range p.Out.Header {
		if !mayPass(name) {
			delete(p.Out.Header, name)
		}
	}
}

// mayPass tells whether a header goes on to the API. Names with an underscore do not: to many servers it is a dash, so
// that Authorization_ or X_Keyfob_Key is another name for what is left out (nginx leaves them out too). Neither do
// those that override the path: where a request goes has been settled.
func mayPass(name string) bool {
	switch name {
	case "Authorization", "Proxy-Authorization", "Cookie", KeyHeader, "Connection", "Upgrade", "Http2-Settings":
		return false
	}
	for _, prefix := range []string{"X-Forwarded-", "X-Original-", "X-Rewrite-", "Proxy-", "Sec-Websocket-"} {
		if strings.HasPrefix(name, prefix) {
			return false
		}
	}
	return !strings.Contains(name, "_")
}

// isCORS tells headers that would let a web page in.
func isCORS(name string) bool { return strings.HasPrefix(name, "Access-Control-") }

// finalOnly passes final responses on, and no informational ones (1xx): nobody has looked into them.
type finalOnly struct{ http.ResponseWriter }

// WriteHeader drops 1xx.
func (w *finalOnly) WriteHeader(status int) {
	if status >= 200 {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Unwrap is for http.ResponseController.
func (w *finalOnly) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// failed answers where the API gave no response, or no token could be had.
func (s *Server) failed(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil { // the client is gone
		return
	}
	f := fault.Of(err)
	if f.Code == fault.Internal {
		f = fault.New(fault.Internal) // its cause is nobody's business here
	}
	client := clientOf(r.Context())
	s.Log.Info("not forwarded", "client", client, "problem", f)
	if s.Problem != nil {
		s.Problem(client, f)
	}
	status := http.StatusBadGateway
	switch f.Code {
	case fault.APIElsewhere, fault.BadUsage:
		status = http.StatusBadRequest
	case fault.RateLimited, fault.QuotaExhausted, fault.CapReached:
		status = http.StatusServiceUnavailable
		if !f.Until.IsZero() {
			// In seconds: Power Query, for one, reads no date.
			w.Header()["Retry-After"] = []string{strconv.Itoa(max(1, int(math.Ceil(time.Until(f.Until).Seconds()))))}
		}
	}
	respond(w, status, f)
}

// respond answers in our own name: the fault's code for programs, its words for people.
func respond(w http.ResponseWriter, status int, err error) {
	m := words.Of(err)
	var said struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Next    string `json:"next,omitempty"`
		} `json:"error"`
	}
	said.Error.Code, said.Error.Message, said.Error.Next = m.Code, m.What, m.Next
	body, err := json.Marshal(said)
	if err != nil {
		status, body = http.StatusInternalServerError, nil
	}
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = []string{"application/json"}, []string{"no-store"}
	h["X-Keyfob-Gateway"] = []string{"refused"} // it was we who said so, and not the API
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
