package oauthflow

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

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
		{"a secret and a drawing", 400, "", []string{"Bearer error=\"a\u202eb\", error_description=\"refresh-1 is\tno good\""},
			problem{"ab", "[redacted] is no good"}},
		{"a secret in pieces", 400, "{\"error\":\"re\u200bfresh-1\",\"error_description\":\"of r\u00adefresh-\u20601\"}", nil,
			problem{"[redacted]", "of [redacted]"}},
		{"malformed", 400, "", []string{`Bearer error="invalid`, `error=x`}, problem{"x", ""}},
	} {
		a := answer{status: tt.status, body: []byte(tt.body), header: http.Header{"Www-Authenticate": tt.challenge}}
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

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "120", 2 * time.Minute},
		{"Retry-After", "Mon, 02 Mar 2026 09:05:00 GMT", 5 * time.Minute},
		{"Retry-After", "Mon, 02 Mar 2026 08:00:00 GMT", 0},
		{"Retry-After", "99999999", time.Hour},
		{"Retry-After", "Mon, 02 Mar 2099 09:05:00 GMT", time.Hour},
		{"X-Ratelimit-Reset", fmt.Sprint(now.Unix() + 90), 90 * time.Second},
		{"X-Ratelimit-Reset", "9223372036854775807", time.Hour},
		{"Retry-After", "-5", -1}, {"Retry-After", "soon", -1}, {"X", "1", -1},
	} {
		h := http.Header{}
		h.Set(tt.name, tt.value)
		got, ok := retryAfter(h, now)
		if ok != (tt.want >= 0) || ok && got.Sub(now) != tt.want {
			t.Errorf("%s: %s is %v, %v", tt.name, tt.value, got.Sub(now), ok)
		}
	}
}

// FuzzRetryAfter: whatever an answer says, Keyfob asks again between now and an hour from now, rounded up to a second.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{
		"120", "-5", "1.5", "1e3", "99999999999999999999", "4294967295", " 7", "+7", "0x10", "soon", "",
		"Mon, 02 Mar 2026 08:00:00 GMT", "Mon, 02 Mar 2026 09:30:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT",
		"Monday, 02-Mar-26 09:05:00 GMT", "Mon Mar  2 09:05:00 2026", "Mon, 01 Jan 0001 00:00:00 GMT",
		"Mon, 02 Mar 2026 09:05:00 +1400",
	} {
		f.Add(seed, "", int64(1772442000))
		f.Add("", seed, int64(1772442000))
	}
	f.Add("", "-9223372036854775808", int64(0))
	f.Add("", "9223372036854775807", int64(253402300799))
	f.Fuzz(func(t *testing.T, after, reset string, unix int64) {
		now := time.Unix(unix%(1<<38), unix%1e9) // some 8,000 years either way
		got, said := retryAfter(http.Header{"Retry-After": {after}, "X-Ratelimit-Reset": {reset}}, now)
		if got.Before(now) || got.Sub(now) >= maxPause+time.Second {
			t.Errorf("%q, %q at %v: %v", after, reset, now, got)
		}
		if got.Nanosecond() != 0 || got.Location() != time.UTC {
			t.Errorf("%v is no whole second of UTC", got)
		}
		if !said && got.Sub(now) >= time.Second {
			t.Errorf("%q, %q: nothing was said, yet %v", after, reset, got.Sub(now))
		}
	})
}
