package localapi

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"keyfob/internal/access"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// Limits of the server. Every call has them; the two streams have streamWrite for each event instead of callLimit.
const (
	headerLimit = 5 * time.Second  // from the first byte to the end of the header
	bodyLimit   = 5 * time.Second  // to read the body
	callLimit   = 2 * time.Minute  // for all that a call waits for; the Keeper's own deadlines are shorter
	idleLimit   = time.Minute      // between two requests; our own client leaves sooner
	stopLimit   = 3 * time.Second  // for calls under way when the agent stops
	streamWrite = 10 * time.Second // until a watcher that does not read is cut off
	headerBytes = 8 << 10          // of request line and header
	maxStreams  = 64               // watchers and waiting sign-ins
	ourStreams  = 16               // the same, of windows of ours
)

// Keeper is what the agent needs of session.Keeper.
type Keeper interface {
	Known(ctx context.Context) error
	Snapshot() account.Snapshot
	Watch(ctx context.Context) <-chan account.Snapshot
	Raise()

	Profile(ctx context.Context, id string) (profile.Profile, error)
	Import(ctx context.Context, p profile.Profile, replace bool) error
	Remove(ctx context.Context, id string) (account.SignOutReport, error)

	SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error
	Cancel(id string) error
	SignOut(ctx context.Context, id string) (account.SignOutReport, error)
	BrowserLogout(ctx context.Context, id string) (page string, err error)
	Token(ctx context.Context, id string, minValid time.Duration) (account.Access, error)
	Available(ctx context.Context, id string) error
	TokenInsteadOf(ctx context.Context, id string, refused [sha256.Size]byte, minValid time.Duration) (account.Access, error)
	SetSecret(ctx context.Context, id string, s secret.Text, untried bool) error
	ForgetSecret(ctx context.Context, id string) error

	UseMemoryOnly(ctx context.Context) error
	RetryKeychain(ctx context.Context) error
}

// Options are what a Server is made of.
type Options struct {
	Keeper   Keeper
	Warden   *access.Warden
	Gateways Gateways
	Agent    account.Agent
	Log      *slog.Logger // nil: none
	// StartDemo starts the demo provider and imports its profile; nil where this agent cannot.
	StartDemo func(ctx context.Context) error
	// ForgetKeychain deletes everything of ours in the keychain, whatever it belongs to; nil where this agent cannot.
	ForgetKeychain func(ctx context.Context) error
	// Stop begins the end of the agent and returns at once.
	Stop func()
}

// Server answers for the agent.
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
	s.handler = s.gate(s.mux())
	return s
}

// Serve answers on l until ctx ends, then lets the calls under way finish, for at most stopLimit. It closes l. The
// error is nil when ctx ended it.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	lobby := newLobby(l, s.Log)
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerLimit,
		WriteTimeout:      callLimit + streamWrite,
		IdleTimeout:       idleLimit,
		MaxHeaderBytes:    headerBytes,
		ConnContext:       withCaller,
		ConnState:         lobby.track,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn),

		DisableGeneralOptionsHandler: true, // it answers without asking us
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(lobby) }()
	select {
	case err := <-ended:
		return fault.New(fault.AgentFailed, "reason", "its socket failed").Because(err)
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

// route is one thing that can be asked.
type route struct {
	method, path string
	serve        http.Handler
}

func (s *Server) routes() []route {
	return []route{
		{"GET", "/v1/version", s.call(s.version)},
		{"GET", "/v1/status", s.call(s.status)},
		{"GET", "/v1/watch", s.stream(s.watch)},
		{"GET", "/v1/profiles", s.call(s.profiles)},
		{"POST", "/v1/profiles", s.call(s.importProfile)},
		{"GET", "/v1/profiles/{id}", s.call(s.profile)},
		{"DELETE", "/v1/profiles/{id}", s.call(s.remove)},
		{"POST", "/v1/profiles/{id}/token", s.call(s.token)},
		{"POST", "/v1/profiles/{id}/secret", s.call(s.setSecret)},
		{"DELETE", "/v1/profiles/{id}/secret", s.call(s.forgetSecret)},
		{"POST", "/v1/profiles/{id}/sign-in", s.stream(s.signIn)},
		{"DELETE", "/v1/profiles/{id}/sign-in", s.call(s.cancel)},
		{"POST", "/v1/profiles/{id}/sign-out", s.call(s.signOut)},
		{"POST", "/v1/profiles/{id}/browser-logout", s.call(s.browserLogout)},
		{"GET", "/v1/profiles/{id}/access", s.call(s.policy)},
		{"PUT", "/v1/profiles/{id}/access", s.call(s.setPolicy)},
		{"POST", "/v1/profiles/{id}/gateway", s.call(s.openGateway)},
		{"DELETE", "/v1/profiles/{id}/gateway", s.call(s.closeGateway)},
		{"GET", "/v1/log", s.call(s.log)},
		{"POST", "/v1/requests/{request}", s.call(s.answerRequest)},
		{"POST", "/v1/demo", s.call(s.demo)},
		{"POST", "/v1/keychain", s.call(s.keychain)},
		{"DELETE", "/v1/keychain", s.call(s.forgetKeychain)},
		{"POST", "/v1/window", s.call(s.raiseWindow)},
		{"POST", "/v1/stop", s.call(s.stop)},
	}
}

// mux knows the routes; for what it does not know it answers in our form and not in its own.
func (s *Server) mux() http.Handler {
	mux := http.NewServeMux()
	allowed := make(map[string]string)
	for _, r := range s.routes() {
		mux.Handle(r.method+" "+r.path, r.serve)
		allowed[r.path] += ", " + r.method
	}
	for path, methods := range allowed {
		refuse := func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", methods[len(", "):])
			s.refuse(w, r, &refusal{http.StatusMethodNotAllowed, "this is asked with " + methods[len(", "):]})
		}
		mux.HandleFunc(path, refuse)
		if strings.Contains(methods, "GET") {
			mux.HandleFunc("HEAD "+path, refuse) // else the mux would let a GET answer it
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, &refusal{http.StatusNotFound, "there is no such request"})
	})
	return mux
}

// gate is what every request passes. A browser that was led to the socket, by a proxy or an extension say, names the
// page in Origin or Referer, or says in Sec-Fetch-Site that it has one; no tool does. The host name is checked as on
// every server of ours, against rebinding.
func (s *Server) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Cache-Control"] = noStore
		if g := guestOf(r.Context()); g != nil {
			g.owes.Store(r.ContentLength != 0) // also what nobody wants: net/http reads it before the next request
		}
		if r.ContentLength < 0 { // it is refused, and nobody can be sure where it ends (RFC 9112, section 6.1)
			w.Header()["Connection"] = []string{"close"}
		}
		if err := misfit(r); err != nil {
			s.refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// misfit tells what is wrong with a request whatever it asks for; nil where nothing is. A body says how long it is: all
// of ours are short, and one that comes in chunks may say two lengths, of which net/http shows none.
func misfit(r *http.Request) error {
	_, origin := r.Header["Origin"]
	_, referer := r.Header["Referer"]
	_, fetch := r.Header["Sec-Fetch-Site"] // Sec-Fetch-Mode alone is sent by Node as well
	switch {
	case origin || referer || fetch:
		return &refusal{http.StatusForbidden, "web pages are not answered"}
	case r.Host != host:
		return &refusal{http.StatusMisdirectedRequest, `the host must be "` + host + `"`}
	case r.ContentLength < 0:
		return &refusal{http.StatusLengthRequired, "the body must come with its Content-Length"}
	case !strings.HasPrefix(r.URL.Path, "/") || path.Clean(r.URL.Path) != r.URL.Path: // the mux would redirect it
		return &refusal{http.StatusNotFound, "there is no such request"}
	}
	return nil
}

// handler answers a request, or returns why not before it wrote anything.
type handler func(ctx context.Context, w http.ResponseWriter, r *http.Request) error

func (s *Server) call(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := &bounded{Context: r.Context()}
		defer ctx.end()
		if err := h(ctx, w, r); err != nil {
			s.refuse(w, r, err)
		}
	})
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, said := answerTo(err)
	level := slog.LevelDebug // what the Keeper says is on show elsewhere, and a script may ask for it every second
	if said.Code == fault.BadUsage {
		level = slog.LevelInfo
	}
	s.Log.Log(r.Context(), level, "refused", "method", r.Method, "route", r.Pattern, "status", status, "error", said,
		"pid", callerOf(r.Context()).PID)
	body, err := encode(errorAnswer{said})
	if err != nil {
		status, body = http.StatusInternalServerError, nil
	}
	header := w.Header()
	header["Content-Type"], header["Content-Length"] = jsonType, []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
