package apis

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options change a server's defaults.
type Options struct {
	Now func() time.Time // the server's clock; nil is the real one

	// Rhythm only.
	Issuer   string // the provider whose tokens count, as it writes itself
	Audience string // "" is that of the documents
	Tenant   string // "" is "acme"
}

// The client that Conundra and RES:Harmonics know. The secret has all that is written differently in a form and in a
// header.
const (
	ClientID     = "acme-integration"
	ClientSecret = "s3cr3t+/=&%: kf-apis-canary"
)

// Server is one API, with its token endpoint where it has one. Its methods may be called from any goroutine. Where a
// test has no network, it is an http.Handler as well.
type Server struct {
	URL      string // without a slash at its end
	TokenURL string // "" where another provider makes the tokens

	answer  http.HandlerFunc
	now     func() time.Time
	blocked func() bool

	mu       sync.Mutex
	requests []Request
	arrived  chan struct{} // closed when another request was answered; nil where nobody waits
	refused  int
	tokens   map[string]token
	secrets  []string
}

// Request is one request that arrived, and what became of it.
type Request struct {
	Method, Path, Query string
	Header              http.Header
	Body                []byte // its first megabyte
	Status              int    // 0 where the connection was closed instead
}

// token is what a token endpoint gave.
type token struct {
	scope   string
	expires time.Time
}

func newServer(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Server{
		now: o.Now, blocked: func() bool { return false }, tokens: map[string]token{}, secrets: []string{ClientSecret},
	}
}

// start listens on a free port until the test ends.
func (s *Server) start(t testing.TB, answer http.HandlerFunc) *Server {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.answer, s.URL = answer, "http://"+l.Addr().String()
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(&listener{l, s}) }) // it ends with Close
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return s
}

// listener resets the connections of those who are blocked, before they can say anything.
type listener struct {
	net.Listener
	server *Server
}

// Accept returns the next connection of a client that is not blocked.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil || !l.server.blocked() {
			return conn, err
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		conn.Close()
		l.server.mu.Lock()
		l.server.refused++
		l.server.mu.Unlock()
	}
}

// ServeHTTP remembers the request and answers it. It panics with http.ErrAbortHandler, which closes the connection,
// where the client is blocked.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const most = 1 << 20
	body, _ := io.ReadAll(io.LimitReader(r.Body, most))
	_, _ = io.Copy(io.Discard, r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	seen := &statusWriter{ResponseWriter: w}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests = append(s.requests,
			Request{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Clone(), body, seen.status})
		if s.arrived != nil {
			close(s.arrived)
			s.arrived = nil
		}
	}()
	if s.blocked() {
		panic(http.ErrAbortHandler)
	}
	s.answer(seen, r)
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader is that of http.ResponseWriter.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Requests are those that arrived, in the order in which they were answered.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Count is how many requests for a path were answered with a status; "" and 0 stand for all.
func (s *Server) Count(path string, status int) int {
	n := 0
	for _, r := range s.Requests() {
		if (path == "" || r.Path == path) && (status == 0 || r.Status == status) {
			n++
		}
	}
	return n
}

// WaitCount waits until Count is at least n, and returns what it is then. A request counts a moment after its response
// was sent.
func (s *Server) WaitCount(ctx context.Context, path string, status, n int) int {
	for {
		s.mu.Lock()
		if s.arrived == nil {
			s.arrived = make(chan struct{})
		}
		arrived := s.arrived
		s.mu.Unlock()
		if count := s.Count(path, status); count >= n {
			return count
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return s.Count(path, status)
		}
	}
}

// Tokens is how many tokens were given out.
func (s *Server) Tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.tokens)
}

// Refused is how many connections were refused.
func (s *Server) Refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// Secrets are the client secret and all tokens so far: nothing but a request to this server should ever hold them.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.secrets)
}

// bearer is the token that a request brings in its header, "" where there is none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// reply sends JSON.
func reply(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // maps of strings and numbers
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(data, '\n'))
}

// say sends the shape of most errors here.
func say(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]string{"message": message})
}
