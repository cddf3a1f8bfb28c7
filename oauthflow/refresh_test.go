package oauthflow

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// keeper records what is kept, and what had happened until then.
type keeper struct {
	kept []string
	err  error
}

func (k *keeper) keep(ctx context.Context, s secret.Text) error {
	k.kept = append(k.kept, s.Reveal())
	return errors.Join(k.err, ctx.Err())
}

// has tells whether s is all that was kept.
func (k *keeper) has(s string) bool { return len(k.kept) == 1 && k.kept[0] == s }

func TestRefresh(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	first := signedInStory(t, c, p.profile()).tokens
	p.clock.forward(30 * time.Minute)
	k := &keeper{}
	got, err := c.Refresh(t.Context(), p.profile(), grantOf(first), k.keep)
	if err != nil {
		t.Fatal(err)
	}
	if got.Access.Reveal() != "access-2" || got.Refresh.Reveal() != "refresh-2" || !k.has("refresh-2") {
		t.Errorf("%q %q, kept %q", got.Access.Reveal(), got.Refresh.Reveal(), k.kept)
	}
	if got.Identity != first.Identity || !got.Nonce.Equal(first.Nonce) || len(got.Notices) != 0 {
		t.Errorf("%+v", got)
	}
	if !got.Expiry.Equal(p.clock.time().Add(time.Hour)) {
		t.Errorf("expires %v", got.Expiry)
	}
	r := p.seen("/oauth/token")[1]
	if r.form.Get("grant_type") != "refresh_token" || r.form.Get("refresh_token") != "refresh-1" {
		t.Errorf("sent %v", r.form.Get("grant_type"))
	}
}

func TestRefreshKeepsWhatTheAnswerLeavesOut(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	g := grantOf(signedInStory(t, c, p.profile()).tokens)
	g.Scope = "openid profile"
	p.tokens = func(m map[string]any) {
		delete(m, "refresh_token")
		delete(m, "id_token")
		delete(m, "scope")
	}
	k := &keeper{}
	got, err := c.Refresh(t.Context(), p.profile(), g, k.keep)
	if err != nil || len(k.kept) != 0 {
		t.Fatal(err, k.kept)
	}
	if !got.Refresh.Equal(g.Refresh) || got.Identity != g.Identity || got.Scope != g.Scope || len(got.Missing) != 1 {
		t.Errorf("%+v", got)
	}
}

// Some providers send the same refresh token again: there is nothing to keep.
func TestRefreshWithoutRotation(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	g := grantOf(signedInStory(t, c, p.profile()).tokens)
	p.tokens = func(m map[string]any) { m["refresh_token"] = g.Refresh.Reveal() }
	k := &keeper{}
	got, err := c.Refresh(t.Context(), p.profile(), g, k.keep)
	if err != nil || len(k.kept) != 0 || !got.Refresh.Equal(g.Refresh) {
		t.Errorf("%v, kept %q", err, k.kept)
	}
}

// C37 and A28: at a refresh the new token is kept first, whatever is wrong with the rest of the response, and even if
// the caller is gone by then.
func TestC37A28ANewRefreshTokenIsKeptBeforeAnythingIsJudged(t *testing.T) {
	for what, body := range map[string]string{
		"nothing else":                `{"refresh_token":"new"}`,
		"wrong type":                  `{"access_token":"a","token_type":"mac","refresh_token":"new"}`,
		"no type":                     `{"access_token":"a","refresh_token":"new"}`,
		"an escaped name":             `{"access_token":"a","refresh\u005ftoken":"new"}`,
		"beside others":               `{"refresh_token":"new","refresh_token":"a b","refresh_token":null}`,
		"one inside another":          `{"refresh_token":"new","x":{"refresh_token":"inner"},"token_type":"mac"}`,
		"a quoted one":                `{"refresh_token":"new","x":"\"refresh_token\":\"quoted\"","token_type":"mac"}`,
		"one inside another, cut off": `{"refresh_token":"new","x":{"refresh_token":"inner","token_type":"mac"`,
		"behind no JSON":              `{"access_token":a, "refresh_token" : "new"`,
		"too deep before it":          `{"x":` + strings.Repeat("[", 20_000) + `1,"refresh_token":"new"}`,
		"twice a key":                 `{"access_token":"a","access_token":"b","refresh_token":"new","token_type":"Bearer"}`,
		"twice the token": `{"access_token":"a","refresh_token":"old","refresh_token":"new",` +
			`"token_type":"Bearer"}`,
		"wrong case":          `{"Access_Token":"a","refresh_token":"new","token_type":"Bearer"}`,
		"strange lifetime":    `{"refresh_token":"new","expires_in":{"a":[1,2,"refresh_token"]},"token_type":1}`,
		"cut off":             `{"refresh_token":"new","access_token":"a`,
		"header in the token": `{"access_token":"a\r\nb","token_type":"Bearer","refresh_token":"new"}`,
		"bad ID token":        `{"access_token":"a","token_type":"Bearer","refresh_token":"new","id_token":"a.b.c"}`,
		"with an error":       `{"error":"server_error","refresh_token":"new"}`,
		"byte order mark":     "\xef\xbb\xbf" + `{"refresh_token":"new"}`,
		"not UTF-8":           `{"x":"` + "\xff" + `","refresh_token":"new"}`,
		"too long":            `{"refresh_token":"new","x":"` + strings.Repeat("x", maxBody) + `"}`,
		"more after it":       `{"refresh_token":"new"}<html>`,
	} {
		p := newProvider(t)
		c := newClient(t, p)
		g := grantOf(signedInStory(t, c, p.profile()).tokens)
		p.answer = answerAt("/oauth/token", 200, "application/json", body)
		k := &keeper{}
		got, err := c.Refresh(t.Context(), p.profile(), g, k.keep)
		if err == nil || got != nil {
			t.Errorf("%s: accepted", what)
		}
		if !k.has("new") {
			t.Errorf("%s: kept %q", what, k.kept)
		}
	}
}

func TestC37ABrokenConnectionDoesNotLoseWhatArrived(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	g := grantOf(signedInStory(t, c, p.profile()).tokens)
	p.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/oauth/token" {
			return false
		}
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte(`{"refresh_token":"new","access_token":"`))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	k := &keeper{}
	_, err := c.Refresh(t.Context(), p.profile(), g, k.keep)
	wantFault(t, err, fault.Offline)
	if !k.has("new") {
		t.Errorf("kept %q", k.kept)
	}
}

func TestKeepDoesNotEndWithTheCaller(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	g := grantOf(signedInStory(t, c, p.profile()).tokens)
	ctx, cancel := context.WithCancel(t.Context())
	var saved error
	_, _ = c.Refresh(ctx, p.profile(), g, func(ctx context.Context, _ secret.Text) error {
		cancel()
		saved = ctx.Err()
		return nil
	})
	if saved != nil {
		t.Error(saved)
	}
}

func TestAFailedKeepIsANotice(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	g := grantOf(signedInStory(t, c, p.profile()).tokens)
	got, err := c.Refresh(t.Context(), p.profile(), g, (&keeper{err: fault.New(fault.KeychainLocked)}).keep)
	if err != nil || !has(got.Notices, fault.KeychainLocked) || got.Refresh.Reveal() != "refresh-2" {
		t.Errorf("%v %+v", err, got)
	}
}

// Items 43 and 44, for the part that lives here: which answers mean "ask the person", and which "try again".
func TestC43RefreshRefusals(t *testing.T) {
	const dead = `{"error":"invalid_grant","error_description":"Unknown or invalid refresh token."}`
	for _, tt := range []struct {
		status int
		body   string
		want   fault.Code
	}{
		{400, dead, fault.SignInRequired}, {401, dead, fault.SignInRequired}, {403, dead, fault.SignInRequired},
		{200, dead, fault.SignInRequired}, {500, dead, fault.SignInRequired}, {429, dead, fault.SignInRequired},
		{400, `{"error":"invalid_request"}`, fault.SignInRequired},
		{400, `{"error":"unauthorized_client"}`, fault.SignInRequired},
		{403, `{"error":"mfa_required"}`, fault.SignInRequired},
		{403, `{"error":"access_denied"}`, fault.SignInRequired},
		{400, ``, fault.SignInRequired}, {401, ``, fault.SignInRequired}, {403, ``, fault.SignInRequired},
		{400, `<html>Bad Request</html>`, fault.SignInRequired}, {400, `no`, fault.SignInRequired},
		{401, `{"error":"invalid_client"}`, fault.ClientRefused},
		{403, `<html>Blocked by your network</html>`, fault.Portal},
		{404, `<html>`, fault.Portal}, {404, ``, fault.ProviderTrouble}, {405, ``, fault.ProviderTrouble},
		{408, ``, fault.ProviderTrouble}, {500, `<html>`, fault.ProviderTrouble}, {503, ``, fault.ProviderTrouble},
		{400, `{"error":"temporarily_unavailable"}`, fault.ProviderTrouble},
		{429, ``, fault.RateLimited}, {429, `{"error":"too_many_requests"}`, fault.RateLimited},
		{200, `<html>hotel</html>`, fault.Portal}, {511, ``, fault.Portal}, {302, ``, fault.RedirectRefused},
	} {
		p := newProvider(t)
		c := newClient(t, p)
		g := grantOf(signedInStory(t, c, p.profile()).tokens)
		p.answer = answerAt("/oauth/token", tt.status, "application/json", tt.body)
		before := p.count("/oauth/token")
		_, err := c.Refresh(t.Context(), p.profile(), g, keepNothing)
		if fault.CodeOf(err) != tt.want {
			t.Errorf("%d %s: %v, want %s", tt.status, tt.body, err, tt.want)
		}
		if n := p.count("/oauth/token") - before; n != 1 {
			t.Errorf("%d %s: %d requests", tt.status, tt.body, n)
		}
	}
}

func TestC44RetryAfterIsPassedOn(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	g := grantOf(signedInStory(t, c, p.profile()).tokens)
	for _, status := range []int{429, 503} {
		p.answer = func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Retry-After", "90")
			return answerAt("/oauth/token", status, "", "")(w, r)
		}
		_, err := c.Refresh(t.Context(), p.profile(), g, keepNothing)
		if want := p.clock.time().Add(90 * time.Second); !fault.Of(err).Until.Equal(want) {
			t.Errorf("%d: %v", status, fault.Of(err).Args)
		}
	}
}

// Keys and metadata come before the token is spent.
func TestRefreshSpendsNothingItCannotCheck(t *testing.T) {
	p := newProvider(t)
	g := grantOf(signedInStory(t, newClient(t, p), p.profile()).tokens)
	for _, path := range []string{"/.well-known/openid-configuration", "/keys"} {
		p.answer = answerAt(path, 503, "", "")
		_, err := newClient(t, p).Refresh(t.Context(), p.profile(), g, keepNothing)
		wantFault(t, err, fault.ProviderTrouble)
		if !p.holds(g.Refresh.Reveal()) {
			t.Fatalf("%s: the token was spent", path)
		}
	}
	g.Refresh = secret.Text{}
	_, err := newClient(t, p).Refresh(t.Context(), p.profile(), g, keepNothing)
	wantFault(t, err, fault.SignInRequired)
}

// Item 52, for the part that lives here: the request of RFC 7009.
func TestC52Revoke(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	s := signedInStory(t, c, p.profile())
	if err := c.Revoke(t.Context(), p.profile(), s.tokens.Refresh); err != nil {
		t.Fatal(err)
	}
	r := p.seen("/oauth/revoke")[0]
	if len(p.revoked) != 1 || p.revoked[0] != "refresh-1" || r.form.Get("token_type_hint") != "refresh_token" {
		t.Errorf("revoked %q", p.revoked)
	}
	p.describe = func(m map[string]any) { delete(m, "revocation_endpoint") }
	if err := newClient(t, p).Revoke(t.Context(), p.profile(), s.tokens.Refresh); !errors.Is(err, ErrNoRevocation) {
		t.Errorf("without an endpoint: %v", err)
	}
	p.server.Close()
	wantFault(t, c.Revoke(t.Context(), p.profile(), s.tokens.Refresh), fault.Offline)
}

func TestC53RevocationAnswers(t *testing.T) {
	for _, tt := range []struct {
		status int
		body   string
		want   fault.Code
	}{
		{200, "", ""}, {200, "{}", ""}, {204, "", ""}, {200, "OK", ""},
		{503, "", fault.ProviderTrouble}, {500, "", fault.ProviderTrouble}, {429, "", fault.RateLimited},
		{200, "<html>hotel</html>", fault.Portal}, {401, `{"error":"invalid_client"}`, fault.ClientRefused},
		{400, `{"error":"unsupported_token_type"}`, fault.RevokeFailed}, {404, "", fault.RevokeFailed},
	} {
		p := newProvider(t)
		p.answer = answerAt("/oauth/revoke", tt.status, "application/json", tt.body)
		err := newClient(t, p).Revoke(t.Context(), p.profile(), secret.New("never-seen"))
		if fault.CodeOf(err) != tt.want {
			t.Errorf("%d %q: %v, want %q", tt.status, tt.body, err, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "never-seen") {
			t.Error("the token is in the error")
		}
	}
}
