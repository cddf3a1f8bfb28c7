package apis

import (
	"crypto/rand"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// grant is what a token request asks for, or what is wrong with it.
type grant struct {
	scope              string
	status             int    // 0: it is good
	error, description string // RFC 6749 §5.2
}

// read judges a token request: a form and nothing else, the client in a Basic header or in the body (RFC 6749 §2.3.1,
// §4.4.2). A wrong secret has the error of the provider's own.
func read(r *http.Request, wrongSecret string) grant {
	bad, no := http.StatusBadRequest, http.StatusUnauthorized
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		return grant{status: bad, error: "invalid_request", description: "Missing form parameter: grant_type"}
	}
	if err := r.ParseForm(); err != nil || len(r.URL.RawQuery) > 0 {
		return grant{status: bad, error: "invalid_request", description: "Not a form"}
	}
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, basic := r.BasicAuth(); basic {
		if secret != "" {
			return grant{status: bad, error: "invalid_request", description: "The client says who it is twice"}
		}
		id, _ = url.QueryUnescape(user)
		secret, _ = url.QueryUnescape(password)
	}
	switch {
	case id != ClientID:
		return grant{status: no, error: "invalid_client", description: "Invalid client or Invalid client credentials"}
	case secret != ClientSecret:
		return grant{status: no, error: wrongSecret, description: "Invalid client or Invalid client credentials"}
	case r.PostForm.Get("grant_type") != "client_credentials":
		return grant{status: bad, error: "unsupported_grant_type", description: "Unsupported grant_type"}
	}
	return grant{scope: r.PostForm.Get("scope")}
}

// refuse answers a request that is not good.
func (g grant) refuse(w http.ResponseWriter) {
	reply(w, g.status, map[string]string{"error": g.error, "error_description": g.description})
}

// issue makes a token: a JWT, as those of both are, though here the server just knows its own.
func (s *Server) issue(scope string, lifetime time.Duration) string {
	now := s.now()
	key := []byte("any key, since nobody checks it: a token is known")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: key}, nil)
	if err != nil {
		panic(err) // the key is long enough
	}
	compact, err := jwt.Signed(signer).Claims(map[string]any{
		"iss": s.URL, "azp": ClientID, "iat": now.Unix(), "exp": now.Add(lifetime).Unix(), "jti": rand.Text(),
		"scope": scope,
	}).Serialize()
	if err != nil {
		panic(err) // it is a map of texts and numbers
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[compact] = token{scope, now.Add(lifetime)}
	s.secrets = append(s.secrets, compact)
	return compact
}

// held looks at the token of a request: whether it is one of ours, and still good.
func (s *Server) held(r *http.Request) (t token, known, good bool) {
	s.mu.Lock()
	t, known = s.tokens[bearer(r)]
	s.mu.Unlock()
	return t, known, known && s.now().Before(t.expires)
}

// Revoke ends all tokens that were given out so far, long before their time.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for compact, t := range s.tokens {
		t.expires = time.Time{}
		s.tokens[compact] = t
	}
}
