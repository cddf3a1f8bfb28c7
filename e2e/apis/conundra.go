package apis

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// What Conundra documents, and for how long it shuts out whoever does not mind, which it does not document.
const (
	ConundraRate     = 50 // requests a second from one address
	ConundraLifetime = 300 * time.Second
	ConundraBlock    = time.Minute

	conundraToken = "/auth/realms/prod/protocol/openid-connect/token"
	patience      = 10 // refusals in a row, for too many requests or for a wrong secret, until it blocks
)

// NewConundra starts a server with Conundra's token endpoint, and the APIs below /planning/v1 and /vehicle/v1.
func NewConundra(t testing.TB, o Options) *Server {
	t.Helper()
	s := newServer(o)
	limit := &limiter{now: s.now}
	s.blocked = limit.blocked
	s.start(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !limit.allows():
			say(w, http.StatusTooManyRequests, "Too Many Requests")
		case r.URL.Path == conundraToken && r.Method == http.MethodPost:
			limit.judge(s.conundraToken(w, r))
		case strings.HasPrefix(r.URL.Path, "/planning/v1/"), strings.HasPrefix(r.URL.Path, "/vehicle/v1/"):
			s.conundraAPI(w, r)
		default:
			say(w, http.StatusNotFound, "Not Found")
		}
	})
	s.TokenURL = s.URL + conundraToken
	return s
}

// conundraToken answers as Keycloak does. A wrong secret is unauthorized_client there, though RFC 6749 §5.2 says
// invalid_client.
func (s *Server) conundraToken(w http.ResponseWriter, r *http.Request) (ok bool) {
	g := read(r, "unauthorized_client")
	if g.status != 0 {
		g.refuse(w)
		return false
	}
	w.Header().Set("Cache-Control", "no-store")
	reply(w, http.StatusOK, map[string]any{
		"access_token": s.issue("", ConundraLifetime), "expires_in": int(ConundraLifetime.Seconds()),
		"not-before-policy": 0, "refresh_expires_in": 0, "scope": "", "token_type": "Bearer",
	})
	return true
}

// conundraAPI says in its challenge what is the matter (RFC 6750 §3).
func (s *Server) conundraAPI(w http.ResponseWriter, r *http.Request) {
	_, _, good := s.held(r)
	_, path, _ := strings.Cut(r.URL.Path, "/v1/")
	switch {
	case bearer(r) == "":
		w.Header().Set("WWW-Authenticate", `Bearer realm="prod"`)
		say(w, http.StatusUnauthorized, "Unauthorized")
	case !good:
		w.Header().Set("WWW-Authenticate", `Bearer realm="prod", error="invalid_token", error_description="Not active"`)
		say(w, http.StatusUnauthorized, "Unauthorized")
	case path == "ping":
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write([]byte("pong"))
	case path == "plan-profiles" && r.Method != http.MethodGet:
		w.Header().Set("WWW-Authenticate", `Bearer realm="prod", error="insufficient_scope", scope="planning:write"`)
		say(w, http.StatusForbidden, "Forbidden")
	default:
		reply(w, http.StatusOK, map[string]any{"items": []string{}, "method": r.Method, "path": path})
	}
}

// limiter counts the requests of the last second. There is one address in a test: this computer's.
type limiter struct {
	now func() time.Time

	mu              sync.Mutex
	lately          []time.Time // those that were let through
	refused, failed int         // in a row
	until           time.Time   // blocked
}

// allows counts a request. One that is too much is refused, and who goes on is blocked.
func (l *limiter) allows() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	for len(l.lately) > 0 && now.Sub(l.lately[0]) >= time.Second {
		l.lately = l.lately[1:]
	}
	if len(l.lately) >= ConundraRate {
		l.refused++
		l.block(l.refused)
		return false
	}
	l.lately, l.refused = append(l.lately, now), 0
	return true
}

// judge counts failed logins.
func (l *limiter) judge(ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed++; ok {
		l.failed = 0
	}
	l.block(l.failed)
}

func (l *limiter) block(n int) {
	if n >= patience {
		l.until = l.now().Add(ConundraBlock)
		l.refused, l.failed = 0, 0
	}
}

func (l *limiter) blocked() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now().Before(l.until)
}
