package oauthflow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// RFC 6750 §3.1: some refuse with a challenge alone.
func TestARefusalMayBeAChallenge(t *testing.T) {
	for _, tt := range []struct {
		what      string
		status    int
		body      string
		challenge []string
		want      problem
	}{
		{"no body", 401, "", []string{`Bearer realm="x", error="invalid_token", error_description="It expired"`},
			problem{"invalid_token", "It expired"}},
		{"a page", 403, "<html>no</html>", []string{`Basic realm="x"`, `OAuth error=insufficient_scope`},
			problem{"insufficient_scope", ""}},
		{"an object without an error", 400, `{"message":"no"}`, []string{`Bearer error="invalid_request"`},
			problem{"invalid_request", ""}},
		{"the body comes first", 400, `{"error":"invalid_grant"}`, []string{`Bearer error="invalid_token"`},
			problem{"invalid_grant", ""}},
		{"no refusal", 200, `{}`, []string{`Bearer error="invalid_token"`}, problem{}},
		{"a secret and a drawing", 400, "", []string{
			"Bearer error=\"a\u202eb\", error_description=\"refresh-1 is\tno good\""},
			problem{"ab", "[redacted] is no good"}},
		{"a secret in pieces", 400, "{\"error\":\"re\u200bfresh-1\",\"error_description\":\"of r\u00adefresh-\u20601\"}", nil,
			problem{"[redacted]", "of [redacted]"}},
		{"malformed", 400, "", []string{`Bearer error="invalid`, `error=x`}, problem{"x", ""}},
	} {
		a := response{status: tt.status, body: []byte(tt.body), header: http.Header{"Www-Authenticate": tt.challenge}}
		if got := a.problem(secret.New("refresh-1"), secret.Text{}); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.what, got, tt.want)
		}
	}
}

// The whole way: a refresh token that a challenge calls dead is dead.
func TestARefreshRefusedByAChallenge(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	g := grantOf(signedInStory(t, c, p.profile()).tokens)
	p.answer = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_grant", error_description="unknown `+g.Refresh.Reveal()+`"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
	_, err := c.Refresh(t.Context(), p.profile(), g, keepNothing)
	f := wantFault(t, err, fault.SignInRequired)
	if strings.Contains(fmt.Sprint(f, f.Args), g.Refresh.Reveal()) {
		t.Errorf("the token is in %v %v", f, f.Args)
	}
}
