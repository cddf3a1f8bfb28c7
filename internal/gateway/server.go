package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"sync"
	"time"

	"keyfob/internal/apicall"
	"keyfob/internal/connlimit"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// Limits of the server. A stream lasts as long as both sides want it to.
const (
	headerLimit   = 10 * time.Second      // from the first byte to the end of the header
	idleLimit     = 2 * time.Minute       // between two requests
	responseLimit = 5 * time.Minute       // until an API begins to answer: reports take their time
	stopLimit     = 3 * time.Second       // for requests under way when the gateway stops
	headerBytes   = 64 << 10              // of request line and header
	maxConns      = 128                   // of strangers, at a time, at all listeners
	flushAfter    = 10 * time.Millisecond // that a piece of a response waits for the next, where its length is known
	patience      = 5 * time.Second       // that a request waits where the API says "not now"
)

// Options are what a Server is made of.
type Options struct {
	Profile     profile.Profile
	Credentials apicall.Credentials
	Keys        []Key                              // of who is let in
	Log         *slog.Logger                       // nil: none
	Problem     func(client string, problem error) // is told what an API's refusal means; nil: nobody
	Base        http.RoundTripper                  // nil: the network
}

// Server forwards to one profile's API.
type Server struct {
	Options
	bases []string
	api   *apicall.Transport
	proxy *httputil.ReverseProxy
	close func()
}

// New makes a Server. Listen opens its listeners, and Serve runs it. A profile that names no API is fault.BadUsage.
func New(o Options) (*Server, error) {
	bases, err := apicall.Bases(o.Profile)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{Options: o, bases: bases, close: func() {}}
	if o.Base == nil {
		base := apicall.NewBase()
		base.ResponseHeaderTimeout = responseLimit
		s.Base, s.close = base, base.CloseIdleConnections
	}
	s.api = &apicall.Transport{Profile: o.Profile, Credentials: o.Credentials, Base: s.Base, Patience: patience}
	s.proxy = &httputil.ReverseProxy{
		Rewrite:        s.rewrite,
		Transport:      forward{s},
		FlushInterval:  flushAfter,
		BufferPool:     &buffers{},
		ErrorLog:       slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
		ModifyResponse: modifyResponse,
		ErrorHandler:   s.failed,
	}
	return s, nil
}

// Serve forwards what comes in by the listeners until ctx ends, then lets what is under way finish, for at most
// stopLimit. It closes the listeners. The error is nil when ctx ended it.
func (s *Server) Serve(ctx context.Context, listeners Listeners) error {
	defer s.close()
	server := &http.Server{
		Handler:           http.HandlerFunc(s.handle),
		ReadHeaderTimeout: headerLimit,
		IdleTimeout:       idleLimit,
		MaxHeaderBytes:    headerBytes,
		BaseContext:       withOrigin,
		ConnContext:       connlimit.ConnContext,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),

		DisableGeneralOptionsHandler: true, // it answers without asking us
	}
	var serving sync.WaitGroup
	defer serving.Wait()
	ended, limit := make(chan error, len(listeners)), connlimit.New(maxConns)
	for _, l := range listeners {
		serving.Go(func() { ended <- server.Serve(newOrigin(l, limit)) })
	}
	select {
	case err := <-ended:
		server.Close()
		return fault.New(fault.Internal).Because(err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		server.Close()
	}
	return nil
}

// forward is the way to the API.
type forward struct{ *Server }

func (f forward) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := f.api.Do(req)
	if res.Problem != nil {
		client := clientOf(req.Context())
		f.Log.Info("refused by the API", "client", client, "status", res.StatusCode, "problem", res.Problem)
		if f.Problem != nil {
			f.Problem(client, res.Problem)
		}
	}
	return res.Response, err
}

// modifyResponse takes out what must not reach a client: cookies, and headers that would let a web page in.
func modifyResponse(res *http.Response) error {
	delete(res.Header, "Set-Cookie")
	for name := range res.Header {
		if isCORS(name) {
			delete(res.Header, name)
		}
	}
	return nil
}

// buffers are what bodies are copied through.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	const size = 32 << 10
	if p, ok := b.pool.Get().(*[size]byte); ok {
		return p[:]
	}
	return new([size]byte)[:]
}

func (b *buffers) Put(p []byte) { b.pool.Put((*[32 << 10]byte)(p)) }
