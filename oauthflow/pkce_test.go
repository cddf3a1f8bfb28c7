package oauthflow

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

var verifierForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`) // RFC 7636 §4.1

func TestC12ANewVerifierEachTime(t *testing.T) {
	// RFC 7636, Appendix B.
	if got := oauth2.S256ChallengeFromVerifier("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"); got !=
		"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" {
		t.Errorf("the RFC's vector gives %s", got)
	}
	p := newProvider(t)
	c := newClient(t, p)
	seen := map[string]bool{}
	for range 3 {
		s := signedInStory(t, c, p.profile())
		sent := p.seen("/oauth/token")[len(seen)].form.Get("code_verifier")
		q := query(s.attempt.URL)
		if !verifierForm.MatchString(sent) || seen[sent] {
			t.Errorf("verifier of %d characters, seen before: %v", len(sent), seen[sent])
		}
		challenge := oauth2.S256ChallengeFromVerifier(sent)
		if q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") != challenge {
			t.Error("the challenge is not the verifier's")
		}
		seen[sent] = true
	}
}

func TestC13AttemptsShareNothing(t *testing.T) {
	p := newProvider(t)
	a := newAttempt(p.profile(), metadata{}, "http://127.0.0.1/callback")
	b := newAttempt(p.profile(), metadata{}, "http://127.0.0.1/callback")
	seen := map[string]bool{}
	for _, s := range []secret.Text{a.verifier, a.state, a.nonce, b.verifier, b.state, b.nonce} {
		if seen[s.Reveal()] || len(s.Reveal()) < 43 { // 256 bits in base64
			t.Errorf("%d characters, seen before: %v", len(s.Reveal()), seen[s.Reveal()])
		}
		seen[s.Reveal()] = true
	}
}

func TestA25C14MetadataWithoutS256(t *testing.T) {
	for _, tt := range []struct {
		methods any
		ok      bool
	}{
		{[]string{"plain"}, false}, {[]string{}, false}, {[]string{"s256"}, false},
		{[]string{"S256 ", "S-256", ""}, false},
		{[]string{"plain", "S256"}, true}, {nil, true},
	} {
		p := newProvider(t)
		p.describe = func(m map[string]any) {
			delete(m, "code_challenge_methods_supported")
			if tt.methods != nil {
				m["code_challenge_methods_supported"] = tt.methods
			}
		}
		err := newClient(t, p).Prepare(t.Context(), p.profile())
		if tt.ok && err != nil {
			t.Errorf("%v: %v", tt.methods, err)
		}
		if !tt.ok {
			wantFault(t, err, fault.PKCEUnsupported)
		}
	}
}

// The verifier is in the body of the token request and nowhere else; nor does any other secret reach the log. (That
// nothing is written to a disk shows in the imports: this package knows no file.)
func TestC15TheVerifierIsNowhereElse(t *testing.T) {
	p := newProvider(t)
	c, log := loggingClient(t, p)
	s := signedInStory(t, c, p.profile())
	if _, err := c.Refresh(t.Context(), p.profile(), grantOf(s.tokens), keepNothing); err != nil {
		t.Fatal(err)
	}
	exchange := p.seen("/oauth/token")[0]
	verifier := exchange.form.Get("code_verifier")
	for _, r := range p.seen("") {
		headers := ""
		for name, values := range r.header {
			headers += name + strings.Join(values, " ")
		}
		if strings.Contains(r.url+headers, verifier) {
			t.Errorf("%s carries the verifier outside of its body", r.path)
		}
	}
	for _, v := range s.steps {
		if strings.Contains(v.url+v.body, verifier) {
			t.Errorf("the browser saw the verifier at %s", v.url)
		}
	}
	if log.String() == "" {
		t.Fatal("nothing was logged, so nothing was tested")
	}
	for _, canary := range []string{
		verifier, exchange.form.Get("code"), query(s.attempt.URL).Get("state"), query(s.attempt.URL).Get("nonce"),
		"access-1", "refresh-1", "access-2", "refresh-2",
	} {
		if canary == "" || strings.Contains(log.String(), canary) {
			t.Errorf("the log holds %q:\n%s", canary, log)
		}
	}
}
