package oauthflow

import (
	"testing"
	"time"

	"keyfob/internal/fault"
)

func TestSignInTellsTheWholeStory(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	s := signedInStory(t, c, p.profile())

	got := s.tokens
	if got.Access.Reveal() != "access-1" || got.Refresh.Reveal() != "refresh-1" || got.Type != "Bearer" {
		t.Errorf("tokens: %q %q %q", got.Access.Reveal(), got.Refresh.Reveal(), got.Type)
	}
	want := Identity{Subject: "auth0|42", Name: "Jane Doe", Email: "jane@acme.example", Audience: "client-1"}
	if got.Identity != want {
		t.Errorf("identity: %+v", got.Identity)
	}
	if !got.Issued.Equal(p.clock.time()) || !got.Expiry.Equal(p.clock.time().Add(time.Hour)) {
		t.Errorf("issued %v, expires %v", got.Issued, got.Expiry)
	}
	if len(got.Missing)+len(got.Notices) != 0 {
		t.Errorf("notices of a perfect sign-in: %v %v", got.Missing, got.Notices)
	}
	if s.page().status != 200 {
		t.Errorf("the browser ended with %d", s.page().status)
	}
	contains(t, s.page().body, "signed in to Acme Reports")
	if a := s.attempt; a.ID == "" || !a.Expires.Equal(a.Started.Add(5*time.Minute)) {
		t.Errorf("attempt: %+v", a)
	}
}

// A prepared sign-in makes no request before the browser opens, and one, for the token, after it comes back.
func TestAPreparedSignInMakesOneRequest(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	if err := c.Prepare(t.Context(), p.profile()); err != nil {
		t.Fatal(err)
	}
	before := p.count("")
	s := signedInStory(t, c, p.profile())
	_ = s
	byBrowser := p.count("/authorize")
	if ours := p.count("") - before - byBrowser; ours != 1 || p.count("/oauth/token") != 1 {
		t.Errorf("%d requests, %d of them for the token", ours, p.count("/oauth/token"))
	}
}

func TestPrepareRenewsWhatGrowsOld(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	for i, step := range []struct {
		forward time.Duration
		want    int
	}{{0, 1}, {fresh - time.Second, 1}, {2 * time.Second, 2}, {-48 * time.Hour, 3}} {
		p.clock.forward(step.forward)
		if err := c.Prepare(t.Context(), p.profile()); err != nil {
			t.Fatal(err)
		}
		if got := p.count("/.well-known/openid-configuration"); got != step.want || p.count("/keys") != step.want {
			t.Errorf("step %d: %d requests for metadata, %d for keys, want %d", i, got, p.count("/keys"), step.want)
		}
	}
}

func TestAnotherAccountAsksAgain(t *testing.T) {
	for prompt, want := range map[string]string{
		"": "login", "none": "login", "consent": "login consent", "login": "login",
	} {
		p := newProvider(t)
		prof := p.profile()
		prof.AuthorizationParams = map[string]string{"prompt": prompt}
		s := signInWith(t, t.Context(), newClient(t, p), prof, SignInOptions{AnotherAccount: true}, nil)
		if s.err != nil {
			t.Fatal(s.err)
		}
		if got := p.seen("/authorize")[0]; got.url == "" || query(s.attempt.URL).Get("prompt") != want {
			t.Errorf("prompt %q became %q, want %q", prompt, query(s.attempt.URL).Get("prompt"), want)
		}
	}
}

// What the profile adds is sent, and cannot replace what Keyfob sets.
func TestAuthorizationRequest(t *testing.T) {
	p := newProvider(t)
	p.describe = func(m map[string]any) { m["authorization_endpoint"] = p.server.URL + "/authorize?tenant=a" }
	prof := p.profile()
	prof.Audience = "https://api.acme.example"
	prof.Resource = []string{"https://one.example", "https://two.example"}
	prof.AuthorizationParams = map[string]string{
		"connection": "google", "state": "mine", "response_type": "token", "code_challenge_method": "plain",
	}
	s := signedInStory(t, newClient(t, p), prof)
	q := query(s.attempt.URL)
	for name, want := range map[string]string{
		"tenant": "a", "connection": "google", "audience": "https://api.acme.example", "response_type": "code",
		"code_challenge_method": "S256", "client_id": "client-1", "scope": "openid profile email offline_access",
		"redirect_uri": s.attempt.RedirectURI,
	} {
		if len(q[name]) != 1 || q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q[name], want)
		}
	}
	if sent := p.seen("/oauth/token")[0].form["resource"]; len(q["resource"]) != 2 || len(sent) != 2 {
		t.Errorf("resources: %q, and at the token endpoint %q", q["resource"], sent)
	}
	if q.Get("state") == "mine" {
		t.Error("the profile chose the state")
	}
}

func TestAnOpenThatFailsEndsTheSignIn(t *testing.T) {
	p := newProvider(t)
	s := story{}
	s.tokens, s.err = newClient(t, p).SignIn(t.Context(), p.profile(), SignInOptions{}, failingOpen(&s))
	wantFault(t, s.err, fault.BrowserFailed)
	wantRefused(t, s.attempt.RedirectURI)
}

// Expiries are compared across the sleep of a machine, through which the monotonic clock stands still.
func TestTimesAreTheWalls(t *testing.T) {
	p := newProvider(t)
	p.clock = &fakeClock{now: time.Now()}
	s := signedInStory(t, newClient(t, p), p.profile())
	for _, at := range []time.Time{s.tokens.Issued, s.tokens.Expiry, s.attempt.Started, s.attempt.Expires} {
		if at != at.Round(0) {
			t.Errorf("%v carries the monotonic clock", at)
		}
	}
}
