package apis

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// HarmonicsLifetime is how long a token of RES:Harmonics lives.
const HarmonicsLifetime = time.Hour

// HarmonicsExpired is what RES:Harmonics says of a token that has expired, with 401 and without a challenge.
const HarmonicsExpired = "The incoming token has expired"

// NewHarmonics starts a server with the token endpoint of RES:Harmonics, and an API below /v3. Where they are is not
// documented: each customer is told.
func NewHarmonics(t testing.TB, o Options) *Server {
	t.Helper()
	s := newServer(o)
	s.start(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/oauth2/token" && r.Method == http.MethodPost:
			s.harmonicsToken(w, r)
		case strings.HasPrefix(r.URL.Path, "/v3/"):
			s.harmonicsAPI(w, r)
		default:
			say(w, http.StatusNotFound, "Not Found")
		}
	})
	s.TokenURL = s.URL + "/oauth2/token"
	return s
}

func (s *Server) harmonicsToken(w http.ResponseWriter, r *http.Request) {
	g := read(r, "invalid_client")
	if g.scope == "" {
		g.scope = "api/read api/write"
	}
	for _, scope := range strings.Fields(g.scope) {
		if g.status == 0 && scope != "api/read" && scope != "api/write" {
			g = grant{status: http.StatusBadRequest, error: "invalid_scope"}
		}
	}
	if g.status != 0 {
		g.refuse(w)
		return
	}
	reply(w, http.StatusOK, map[string]any{
		"access_token": s.issue(g.scope, HarmonicsLifetime), "token_type": "Bearer",
		"expires_in": int(HarmonicsLifetime.Seconds()),
	})
}

func (s *Server) harmonicsAPI(w http.ResponseWriter, r *http.Request) {
	t, known, good := s.held(r)
	switch {
	case known && !good:
		say(w, http.StatusUnauthorized, HarmonicsExpired)
	case !good:
		say(w, http.StatusUnauthorized, "Unauthorized")
	case r.Method != http.MethodGet && !strings.Contains(t.scope, "api/write"):
		say(w, http.StatusForbidden, "Forbidden")
	default:
		reply(w, http.StatusOK, map[string]any{"content": []string{}, "method": r.Method})
	}
}
