package localapi

import (
	"cmp"
	"context"
	"crypto/sha256"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"keyfob/internal/access"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// Limits of the server. Every call has them; the two streams have streamWrite for each event instead of callLimit. When
// all connections are taken, a caller that sends nothing, or half of a request, keeps others waiting for headerLimit or
// bodyLimit. So these are short. A caller on the same machine needs some milliseconds.
const (
	headerLimit = 2 * time.Second  // from connecting to the end of the header
	bodyLimit   = 2 * time.Second  // to read the body
	callLimit   = 2 * time.Minute  // for everything that a call waits for; the Keeper's own deadlines are shorter
	idleLimit   = time.Minute      // between two requests; our own client closes sooner
	stopLimit   = 3 * time.Second  // for calls under way when the agent stops
	streamWrite = 10 * time.Second // until a watcher that does not read is cut off
	maxStreams  = 64               // streams: watchers and waiting sign-ins
	ourStreams  = 16               // streams of windows of ours
)

// Hub is what the server needs of hub.Hub.
type Hub interface {
	Snapshot() account.Snapshot
	Watch(ctx context.Context) <-chan account.Snapshot
	Raise()
}

// Keeper is what the server needs of session.Keeper.
type Keeper interface {
	Known(ctx context.Context) error

	Profile(ctx context.Context, id string) (profile.Profile, error)
	Import(ctx context.Context, p profile.Profile, replace bool) error
	Remove(ctx context.Context, id string) (account.SignOutReport, error)

	SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error
	Cancel(id string) error
	SignOut(ctx context.Context, id string) (account.SignOutReport, error)
	BrowserLogout(ctx context.Context, id string) (page string, err error)
	Token(ctx context.Context, id string, minValid time.Duration) (account.Access, error)
	Available(ctx context.Context, id string) error
	TokenInsteadOf(
		ctx context.Context, id string, refused [sha256.Size]byte, minValid time.Duration,
	) (account.Access, error)
	SetSecret(ctx context.Context, id string, s secret.Text, untried bool) error
	ForgetSecret(ctx context.Context, id string) error

	UseMemoryOnly(ctx context.Context) error
	RetryKeychain(ctx context.Context) error
}

// Options are what a Server is made of.
type Options struct {
	Keeper   Keeper
	Hub      Hub
	Access   *access.Control
	Gateways Gateways
	Agent    account.Agent
	Log      *slog.Logger // nil: none
	// StartDemo starts the demo provider and imports its profile; nil where this agent cannot.
	StartDemo func(ctx context.Context) error
	// ForgetKeychain deletes everything of Keyfob's in the keychain; nil where this agent cannot.
	ForgetKeychain func(ctx context.Context) error
	// Stop makes the agent stop, and returns at once.
	Stop func()
}

// Server answers the requests of the local API.
type Server struct {
	Options
	handler    http.Handler
	window     *window
	streams    chan struct{}
	ourStreams chan struct{}
}

// NewServer makes a Server; Serve runs it.
func NewServer(o Options) *Server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{Options: o, window: newWindow()}
	s.streams, s.ourStreams = make(chan struct{}, maxStreams), make(chan struct{}, ourStreams)
	s.handler = s.check(s.mux())
	return s
}

// Serve answers on l until ctx ends, then lets the calls under way finish, for at most stopLimit. It closes l. The
// error is nil when ctx ended it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	conns := newConns(l, s.Log)
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerLimit,
		WriteTimeout:      callLimit + streamWrite,
		IdleTimeout:       idleLimit,
		MaxHeaderBytes:    wire.HeaderBytes,
		ConnContext:       withConn,
		ConnState:         conns.track,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),

		DisableGeneralOptionsHandler: true, // it answers without asking us
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(conns) }()
	select {
	case err := <-ended:
		return fault.New(fault.AgentFailed).WithReason(fault.AgentSocketFailed).Because(err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		s.Log.Warn("calls cut off at the end", "error", err)
		server.Close()
	}
	<-ended //nolint:errcheck // it was we who closed it
	return nil
}

// route is one request of the API.
type route struct {
	method, path string
	serve        http.Handler
}

// strangersMay are the routes of a program that has nothing but the socket, such as one in a container: it may look and
// ask for a token. What any other route does would reach out of there.
var strangersMay = []string{
	"GET /v1/version", "GET /v1/status", "GET /v1/watch", "GET /v1/profiles", "GET /v1/profiles/{id}",
	"GET /v1/profiles/{id}/access", "POST /v1/profiles/{id}/token",
}

// oursOnly refuses strangers before their body is read.
func (s *Server) oursOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if who := programOfCall(r.Context()); who.Stranger {
			s.refuse(w, r, fault.New(fault.NotAllowed, "program", who.Name).WithReason(fault.WhyStranger))
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (s *Server) routes() []route {
	return []route{
		{"GET", "/v1/version", s.call(s.version)},
		{"GET", "/v1/status", s.call(s.status)},
		{"GET", "/v1/watch", s.stream(s.watch)},
		{"GET", "/v1/profiles", s.call(s.profiles)},
		{"POST", "/v1/profiles", s.call(s.importProfile)},
		{"GET", "/v1/profiles/{id}", s.call(s.profile)},
		{"DELETE", "/v1/profiles/{id}", command(s, "remove", s.remove)},
		{"POST", "/v1/profiles/{id}/token", s.call(s.token)},
		{"POST", "/v1/profiles/{id}/secret", s.call(s.setSecret)},
		{"DELETE", "/v1/profiles/{id}/secret", command(s, "forget secret", s.forgetSecret)},
		{"POST", "/v1/profiles/{id}/sign-in", s.stream(s.signIn)},
		{"DELETE", "/v1/profiles/{id}/sign-in", command(s, "cancel", s.cancel)},
		{"POST", "/v1/profiles/{id}/sign-out", command(s, "sign-out", s.Keeper.SignOut)},
		{"POST", "/v1/profiles/{id}/browser-logout", command(s, "browser-logout", s.browserLogout)},
		{"GET", "/v1/profiles/{id}/access", s.call(s.policy)},
		{"PUT", "/v1/profiles/{id}/access", s.call(s.setPolicy)},
		{"POST", "/v1/profiles/{id}/gateway", s.call(s.openGateway)},
		{"DELETE", "/v1/profiles/{id}/gateway", command(s, "close gateway", s.closeGateway)},
		{"GET", "/v1/log", s.call(s.log)},
		{"POST", "/v1/requests/{request}", s.call(s.answerRequest)},
		{"POST", "/v1/demo", command(s, "demo", s.demo)},
		{"POST", "/v1/keychain", s.call(s.keychain)},
		{"DELETE", "/v1/keychain", command(s, "forget keychain", s.forgetKeychain)},
		{"POST", "/v1/window", s.call(s.raiseWindow)},
		{"POST", "/v1/stop", s.call(s.stop)},
	}
}

// mux serves the routes. Other methods and paths are refused in the API's own form.
func (s *Server) mux() http.Handler {
	mux := http.NewServeMux()
	allowed := make(map[string]string)
	for _, r := range s.routes() {
		pattern := r.method + " " + r.path
		serve := s.receive(cmp.Or(longBodies[pattern], bodyBytes), r.serve)
		if !slices.Contains(strangersMay, pattern) {
			serve = s.oursOnly(serve)
		}
		mux.Handle(pattern, serve)
		allowed[r.path] += ", " + r.method
	}
	for path, methods := range allowed {
		refuse := func(w http.ResponseWriter, r *http.Request) {
			allow := methods[len(", "):]
			w.Header().Set("Allow", allow)
			s.refuse(w, r, refused(http.StatusMethodNotAllowed, fault.UsageMethod, "methods", allow))
		}
		mux.HandleFunc(path, refuse)
		if strings.Contains(methods, "GET") {
			mux.HandleFunc("HEAD "+path, refuse) // else the mux would let a GET answer it
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, refused(http.StatusNotFound, fault.UsageNoRequest))
	})
	return mux
}
