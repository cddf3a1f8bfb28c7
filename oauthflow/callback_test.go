package oauthflow

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// canary is a value that no response and no log may repeat.
const canary = "canary-7f3a91"

func TestC07A01WrongStateDoesNotEndTheFlow(t *testing.T) {
	p := newProvider(t)
	c, log := loggingClient(t, p)
	s := signIn(t, c, p.profile(), func(b *browser, a account.Attempt) []visit {
		callback := callbackOf(b, a)
		state := query(callback).Get("state")
		for what, address := range map[string]string{
			"wrong":              with(callback, "state", canary),
			"missing":            with(callback, "state"),
			"empty":              with(callback, "state", ""),
			"twice the same":     with(callback, "state", state, state),
			"wrong, then right":  with(callback, "state", canary, state),
			"right, then wrong":  with(callback, "state", state, canary),
			"right, then empty":  with(callback, "state", state, ""),
			"cut":                with(callback, "state", state[:len(state)-1]),
			"longer":             with(callback, "state", state+"A"),
			"one letter wrong":   with(callback, "state", swapped(state)),
			"in other case":      with(callback, "state", strings.ToUpper(state)),
			"no query":           a.RedirectURI,
			"bad encoding":       a.RedirectURI + "?state=%zz",
			"semicolons":         a.RedirectURI + "?code=1;state=" + state,
			"in the fragment":    a.RedirectURI + "#state=" + state,
			"name in other case": a.RedirectURI + "?code=1&State=" + state,
		} {
			v := b.get(address)
			if v.status != http.StatusBadRequest || v.header.Get("Location") != "" {
				t.Errorf("%s: %d", what, v.status)
			}
			contains(t, v.body, "not the sign-in that Keyfob is waiting for")
			if strings.Contains(v.body, state) || strings.Contains(v.body, canary) {
				t.Errorf("%s: the answer repeats a state", what)
			}
		}
		return b.follow(callback)
	})
	if s.err != nil || p.count("/oauth/token") != 1 {
		t.Fatalf("the flow did not survive: %v, %d token requests", s.err, p.count("/oauth/token"))
	}
	contains(t, log.String(), "without our state")
	for _, value := range []string{canary, query(s.attempt.URL).Get("state"), "code-"} {
		if strings.Contains(log.String(), value) {
			t.Errorf("the log holds a value:\n%s", log)
		}
	}
}

// swapped is a text with its last letter changed.
func swapped(s string) string {
	last := "A"
	if strings.HasSuffix(s, last) {
		last = "B"
	}
	return s[:len(s)-1] + last
}

// secret.Text compares in constant time, and has no other way to compare. So what judges a callback never takes the
// state out of it.
func TestA01TheStateIsComparedInConstantTime(t *testing.T) {
	for _, file := range []string{"callback.go", "loopback.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "Reveal()") {
			t.Errorf("%s takes a secret out of its type", file)
		}
	}
	a := attempt{state: secret.New("s")}
	if !a.owns(url.Values{"state": {"s"}}) || a.owns(url.Values{"state": {"t"}}) {
		t.Error("the state is not compared")
	}
}

func TestC07A02StateCountsOnce(t *testing.T) {
	p := newProvider(t)
	var replay, same visit
	s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
		callback := callbackOf(b, a)
		first := b.get(callback)
		replay, same = b.get(with(callback, "code", canary)), b.get(callback)
		u, _ := url.Parse(callback)
		return b.follow("http://" + u.Host + first.header.Get("Location"))
	})
	if s.err != nil || p.count("/oauth/token") != 1 {
		t.Fatalf("%v, %d token requests", s.err, p.count("/oauth/token"))
	}
	for _, v := range []visit{replay, same} {
		if v.status != http.StatusGone || v.header.Get("Location") != "" {
			t.Errorf("the second callback: %d to %q", v.status, v.header.Get("Location"))
		}
		contains(t, v.body, "has been used")
		for _, not := range []string{canary, "signed in", "Acme"} { // neutral: neither what it said nor how it went
			if strings.Contains(v.body, not) {
				t.Errorf("the second callback's page says %q", not)
			}
		}
	}
}

func TestA02OfManyCallbacksAtOnceOneCounts(t *testing.T) {
	p := newProvider(t)
	s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
		callback := callbackOf(b, a)
		visits, start := make([]visit, 40), make(chan struct{})
		var all sync.WaitGroup
		for i := range visits {
			all.Go(func() {
				<-start
				visits[i] = b.get(callback)
			})
		}
		close(start)
		all.Wait()
		taken := slices.DeleteFunc(slices.Clone(visits), func(v visit) bool { return v.status != http.StatusSeeOther })
		if len(taken) != 1 {
			t.Errorf("%d callbacks were taken", len(taken))
			return nil
		}
		u, _ := url.Parse(callback)
		return b.follow("http://" + u.Host + taken[0].header.Get("Location"))
	})
	if s.err != nil || p.count("/oauth/token") != 1 {
		t.Fatalf("%v, %d token requests", s.err, p.count("/oauth/token"))
	}
}

// Two profiles wait at the same time: each takes its own callback, and neither the other's.
func TestA03AStateOfAnotherFlowIsIgnored(t *testing.T) {
	one, two := newProvider(t), newProvider(t)
	second := one.profile()
	second.ID, second.Issuer = "umbrella", two.issuer
	wrong := func(b *browser, redirectURI, callback string) {
		_, theirs, _ := strings.Cut(callback, "?")
		if v := b.get(redirectURI + "?" + theirs); v.status != http.StatusBadRequest {
			t.Errorf("the other flow's callback: %d", v.status)
		}
	}
	var inner story
	outer := signIn(t, newClient(t, one), one.profile(), func(b *browser, a account.Attempt) []visit {
		mine := callbackOf(b, a)
		inner = signIn(t, newClient(t, two), second, func(b2 *browser, a2 account.Attempt) []visit {
			theirs := callbackOf(b2, a2)
			wrong(b, a.RedirectURI, theirs)
			wrong(b2, a2.RedirectURI, mine)
			return b2.follow(theirs)
		})
		return b.follow(mine)
	})
	if outer.err != nil || inner.err != nil {
		t.Fatalf("%v, %v", outer.err, inner.err)
	}
	if one.count("/oauth/token") != 1 || two.count("/oauth/token") != 1 {
		t.Errorf("%d and %d token requests", one.count("/oauth/token"), two.count("/oauth/token"))
	}
}

// An attacker who has learned the state puts a code of their own account into the callback, so that the person works
// in it. A provider that checks PKCE refuses the code; with one that does not, the nonce is not ours.
func TestA04ACodeOfSomebodyElseFails(t *testing.T) {
	for _, tt := range []struct {
		what      string
		challenge func(victims string) string // of the attacker's own authorization request
		want      fault.Code
	}{
		{"PKCE", func(string) string { return oauth2.S256ChallengeFromVerifier("theirs") }, fault.SignInRefused},
		{"nonce", func(victims string) string { return victims }, fault.IDTokenInvalid},
	} {
		t.Run(tt.what, func(t *testing.T) {
			p := newProvider(t)
			s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
				theirs := with(a.URL, "code_challenge", tt.challenge(query(a.URL).Get("code_challenge")))
				theirs = with(with(theirs, "nonce", "theirs"), "state", "theirs")
				code := query(b.get(theirs).header.Get("Location")).Get("code")
				return b.follow(with(callbackOf(b, a), "code", code))
			})
			wantFault(t, s.err, tt.want)
			if s.tokens != nil {
				t.Error("the attacker's tokens came through")
			}
			contains(t, s.page().body, "The sign-in did not work")
		})
	}
}

func TestA05AWrongOrMissingIssuerEndsTheFlow(t *testing.T) {
	for _, answer := range []url.Values{
		{"iss": {"https://evil.example/"}},
		{"iss": {""}},
		{},
		{"iss": {"https://evil.example/"}, "error": {"access_denied"}, "error_description": {canary}},
		{"error": {"access_denied"}, "error_description": {canary}},
	} {
		t.Run(answer.Encode(), func(t *testing.T) {
			p := newProvider(t)
			p.describe = func(m map[string]any) { m["authorization_response_iss_parameter_supported"] = true }
			p.redirect = func(q url.Values) {
				if answer.Has("error") {
					q.Del("code")
				}
				for name, values := range answer {
					q[name] = values
				}
			}
			s := signIn(t, newClient(t, p), p.profile(), nil)
			wantFault(t, s.err, fault.CallbackInvalid)
			if p.count("/oauth/token") != 0 {
				t.Error("the code was sent")
			}
			if strings.Contains(s.page().body, canary) {
				t.Error("the page repeats what another service said")
			}
		})
	}
}

func TestA06AnErrorCountsWithTheStateOnly(t *testing.T) {
	const hostile = `<script>alert(1)</script>&"'` + "\x1b[31m\u202e"
	p := newProvider(t)
	p.redirect = func(q url.Values) {
		q.Del("code")
		q.Set("error", "access_denied")
		q.Set("error_description", hostile)
	}
	s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
		callback := callbackOf(b, a)
		for what, address := range map[string]string{
			"without": with(callback, "state"), "wrong": with(callback, "state", "x"),
		} {
			v := b.get(address)
			if v.status != http.StatusBadRequest || strings.Contains(v.body, "alert") {
				t.Errorf("an error, state %s: %d\n%s", what, v.status, v.body)
			}
		}
		for _, own := range []string{"state", "nonce"} { // as a service that explains itself may repeat them
			said := query(callback).Get("error_description") + " " + query(a.URL).Get(own)
			callback = with(callback, "error_description", said)
		}
		return b.follow(callback) // which ends the flow, so it was waiting until now
	})
	f := wantFault(t, s.err, fault.SignInDenied)
	if strings.ContainsAny(f.Args["said"], "\x1b\u202e") || p.count("/oauth/token") != 0 {
		t.Errorf("reason %q, %d token requests", f.Args["said"], p.count("/oauth/token"))
	}
	contains(t, s.page().body, "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#34;&#39;")
	if strings.Contains(s.page().body, "<script") {
		t.Errorf("the page holds a script")
	}
	for _, not := range []string{query(s.attempt.URL).Get("state"), query(s.attempt.URL).Get("nonce")} {
		if strings.Contains(s.page().body+f.Args["said"], not) {
			t.Errorf("the page or the error holds %q", not)
		}
	}
}

func TestA07C08DuplicatesAndContradictionsAreRejected(t *testing.T) {
	for what, change := range map[string]func(string) string{
		"two codes":               func(u string) string { return with(u, "code", "a", "b") },
		"the same code twice":     func(u string) string { return u + "&code=" + query(u).Get("code") },
		"two errors":              func(u string) string { return with(with(u, "code"), "error", "a", "b") },
		"two issuers":             func(u string) string { return with(u, "iss", "a", "a") },
		"code and error":          func(u string) string { return with(u, "error", "access_denied") },
		"code and an empty error": func(u string) string { return with(u, "error", "") },
		"neither":                 func(u string) string { return with(u, "code") },
		"empty code":              func(u string) string { return with(u, "code", "") },
		"empty error":             func(u string) string { return with(with(u, "code"), "error", "") },
	} {
		t.Run(what, func(t *testing.T) {
			p := newProvider(t)
			s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
				return b.follow(change(callbackOf(b, a)))
			})
			wantFault(t, s.err, fault.CallbackInvalid)
			if s.tokens != nil || p.count("/oauth/token") != 0 {
				t.Error("a code was sent")
			}
			contains(t, s.page().body, "The sign-in did not work", "callback-invalid")
		})
	}
}
