package demo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"keyfob/internal/bind"
	"keyfob/internal/connlimit"
	"keyfob/internal/fault"
)

// Addr is where the demo answers unless told otherwise; its profile names the same address.
const Addr = "127.0.0.1:17180"

// defaultAccessLifetime is short enough to see Keyfob renew.
const defaultAccessLifetime = 5 * time.Minute

// maxConnections bounds what strangers on this machine can hold open.
const maxConnections = 64

// Options say where the demo answers and what it keeps.
type Options struct {
	// Dir holds the signing key and the grants; it is made, 0700, if missing.
	Dir string
	// Addr is a loopback address and port; "" is Addr.
	Addr string
	// AccessLifetime of access tokens, in whole seconds; 0 is five minutes.
	AccessLifetime time.Duration
	// Log gets the errors of requests, without anything secret; nil: nobody.
	Log *slog.Logger
	// Save writes a file of Dir whole or not at all, for the user alone.
	Save func(path string, data []byte) error
}

// Server is a running demo provider.
type Server struct {
	issuer string
	http   *http.Server
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// Start binds the address and serves until Close, or until ctx ends. An address that cannot be bound is
// fault.DemoPortBusy; a folder that cannot be used, fault.DiskTrouble.
func Start(ctx context.Context, o Options) (*Server, error) {
	o = o.filledIn()
	l, err := listen(ctx, o.Addr)
	if err != nil {
		return nil, err
	}
	host := l.Addr().String()
	issuer := "http://" + host + "/"
	handler, err := newHandler(o, issuer)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Server{issuer: issuer, http: newHTTPServer(guard(host, handler), o.Log), cancel: cancel}
	s.work.Go(func() {
		if err := s.http.Serve(connlimit.New(maxConnections).Listener(l)); !errors.Is(err, http.ErrServerClosed) {
			o.Log.Error("the demo provider stopped", "err", err)
		}
	})
	s.work.Go(func() {
		<-ctx.Done()
		s.stop()
	})
	return s, nil
}

// Issuer is the provider's issuer, with the slash at its end.
func (s *Server) Issuer() string { return s.issuer }

// Close lets the requests that are under way finish, for a second at most, and returns when the server is gone.
func (s *Server) Close() error {
	s.cancel()
	s.work.Wait()
	return nil
}

// stop ends the server: gracefully, so that a refresh token that is being rotated reaches its owner, then by force.
func (s *Server) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}

func (o Options) filledIn() Options {
	o.Addr = cmp.Or(o.Addr, Addr)
	o.AccessLifetime = cmp.Or(o.AccessLifetime, defaultAccessLifetime)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// listen binds addr, which must be loopback: whoever reaches this provider can sign in.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	where, err := netip.ParseAddrPort(addr)
	if err != nil || !where.Addr().IsLoopback() {
		return nil, fmt.Errorf("the demo provider answers on loopback only, not on %q", addr)
	}
	l, err := bind.Listen(ctx, addr)
	if err != nil {
		reason, said := bind.Why(err)
		return nil, fault.New(fault.DemoPortBusy, "address", addr, "said", said).WithReason(reason).Because(err)
	}
	return l, nil
}

// newHandler puts the library's provider, our manners before it and the API together.
func newHandler(o Options, issuer string) (http.Handler, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fault.New(fault.DiskTrouble, "path", o.Dir).Because(err)
	}
	key, err := loadKey(o)
	if err != nil {
		return nil, err
	}
	op, err := newProvider(o, issuer, key)
	if err != nil {
		return nil, err
	}
	provider := op.Handler()
	token := &tokenEndpoint{provider: provider}

	mux := http.NewServeMux()
	mux.Handle("/", provider)
	mux.Handle("GET /.well-known/openid-configuration", discovery(issuer))
	mux.Handle("POST /oauth/token", token)
	mux.Handle("POST /oauth/revoke", token)
	mux.Handle("GET /api/whoami", &api{issuer: issuer, key: key.Public()})
	return mux, nil
}

func newHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// guard refuses requests that name another host (a web page that rebinds its name to 127.0.0.1 would) and bodies that
// no sign-in needs.
func guard(host string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != host {
			http.Error(w, "this server is "+host, http.StatusMisdirectedRequest)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}
