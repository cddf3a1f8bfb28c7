package gateway

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"

	"keyfob/internal/apicall"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// refusal is why a request is not forwarded.
type refusal struct {
	status int
	reason string
}

// gate is what every request passes.
func (s *Server) gate(w http.ResponseWriter, r *http.Request) {
	lane := &lane{ResponseWriter: w}
	if no := misfit(r); no != nil {
		lane.Header()["Connection"] = []string{"close"}
		refuse(lane, no.status, fault.New(fault.BadUsage, "reason", no.reason))
		return
	}
	client, known := s.knows(r)
	if !known {
		lane.Header()["Connection"] = []string{"close"} // there is room for those who have one
		lane.Header()["Www-Authenticate"] = []string{`Basic realm="Keyfob gateway", charset="UTF-8"`}
		refuse(lane, http.StatusUnauthorized, fault.New(fault.BadUsage, "reason",
			"the gateway wants its key, in "+KeyHeader+" or as a password"))
		return
	}
	lineOf(r.Context()).client = client
	if r.ContentLength != 0 {
		_ = http.NewResponseController(lane).EnableFullDuplex()
	}
	s.proxy.ServeHTTP(lane, r)
}

// misfit tells what is wrong with a request whoever it is from; nil where nothing is. A browser names the page in
// Origin or Referer, or says in Sec-Fetch-Site that there is one, also on a page's own behalf; a tool does not. The
// host is checked against names that were made to lead here (DNS rebinding).
func misfit(r *http.Request) *refusal {
	line := lineOf(r.Context())
	_, origin := r.Header["Origin"]
	_, referer := r.Header["Referer"]
	_, fetch := r.Header["Sec-Fetch-Site"]
	switch {
	case !line.proper():
		return &refusal{http.StatusBadRequest, "the header is not one that every server reads alike"}
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace:
		return &refusal{http.StatusMethodNotAllowed, "this method is not forwarded"}
	case !strings.HasPrefix(r.RequestURI, "/") || strings.HasPrefix(r.RequestURI, "//"):
		return &refusal{http.StatusBadRequest, "a request names a path, and no host"}
	case strings.Contains(r.RequestURI, "#"):
		return &refusal{http.StatusBadRequest, "a request names a path, without a fragment"}
	case !isHost(r.Host, line.door.address):
		return &refusal{http.StatusForbidden, "the host must be " + line.door.address}
	case origin || referer || fetch:
		return &refusal{http.StatusForbidden, "web pages are not answered"}
	case r.Header.Get("Upgrade") != "" && !strings.EqualFold(r.Header.Get("Upgrade"), "h2c"):
		return &refusal{http.StatusNotImplemented, "WebSocket and other protocols are not forwarded"}
	}
	return nil
}

// isHost tells whether a request's host is the address that is listened on, or localhost with its port.
func isHost(host, address string) bool {
	port := address[strings.LastIndexByte(address, ':'):]
	return host == address || strings.EqualFold(host, "localhost"+port)
}

// rewrite sends a request to the API, below the base URL of the door that it came in by; what is no address there gets
// none, and is refused as what would lead elsewhere is (apicall.Transport.Do). It leaves out what says who the client
// is, or would have it taken for another. Hop-by-hop headers, Forwarded and X-Forwarded-… of the usual kinds are gone
// already (httputil.ProxyRequest).
func (s *Server) rewrite(p *httputil.ProxyRequest) {
	to, err := apicall.Join(lineOf(p.In.Context()).door.Base, p.In.RequestURI)
	if err != nil {
		to = &url.URL{}
	}
	p.Out.URL = to
	for name := range p.Out.Header {
		if !mayPass(name) {
			delete(p.Out.Header, name)
		}
	}
}

// mayPass tells whether a header goes on to the API. Names with an underscore do not: to many servers it is a dash, so
// that Authorization_ or X_Keyfob_Key is another name for what is left out (nginx leaves them out too). Neither do those
// that override the path: where a request goes has been settled.
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

// lane is the way back to the client. What a server says ahead of its answer (1xx) is not passed on: nobody has looked
// into it.
type lane struct{ http.ResponseWriter }

func (l *lane) WriteHeader(status int) {
	if status >= 200 {
		l.ResponseWriter.WriteHeader(status)
	}
}

func (l *lane) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// failed answers where the API gave no answer, or no token could be had.
func (s *Server) failed(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil { // the client is gone
		return
	}
	f := &fault.Error{}
	if !errors.As(err, &f) {
		f = fault.New(fault.Internal)
	}
	client := lineOf(r.Context()).client
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
	refuse(w, status, f)
}

// refuse answers in our own name: the fault's code for programs, its words for people.
func refuse(w http.ResponseWriter, status int, err error) {
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
