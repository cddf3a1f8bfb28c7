package oauthflow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// badAnswer is what a token endpoint may say instead of tokens. "hotel" in it must not come out anywhere.
type badAnswer struct {
	what        string
	status      int
	contentType string
	body        string
	signIn      fault.Code
	refresh     fault.Code
}

var badAnswers = []badAnswer{
	{"login page of a network", 200, "text/html", "<html>hotel</html>", fault.Portal, fault.Portal},
	{"a page that says that it is JSON", 200, "application/json", "<html>hotel</html>", fault.Portal, fault.Portal},
	{"a form", 200, "application/x-www-form-urlencoded", "access_token=hotel&token_type=Bearer&refresh_token=hotel",
		fault.Portal, fault.Portal},
	{"plain text", 200, "text/plain", "hotel", fault.Portal, fault.Portal},
	{"nothing", 200, "", "", fault.Portal, fault.Portal},
	{"no content", 204, "", "", fault.Portal, fault.Portal},
	{"a list", 200, "application/json", `["hotel"]`, fault.Portal, fault.Portal},
	{"an empty object", 200, "application/json", `{}`, fault.TokenResponse, fault.TokenResponse},
	{"an error with 200", 200, "application/json", `{"error":"access_denied","error_description":"no"}`,
		fault.SignInDenied, fault.SignInRequired},
	{"an error and tokens", 200, "application/json",
		`{"error":"invalid_grant","access_token":"hotel","token_type":"Bearer"}`, fault.SignInRefused, fault.SignInRequired},
	{"an error of no text and tokens", 200, "application/json",
		`{"error":{"hotel":1},"access_token":"hotel","token_type":"Bearer"}`, fault.TokenResponse, fault.TokenResponse},
	{"true as an error and tokens", 200, "application/json",
		`{"error":true,"access_token":"hotel","token_type":"Bearer"}`, fault.TokenResponse, fault.TokenResponse},
	{"trouble", 502, "text/html", "<html>hotel</html>", fault.ProviderTrouble, fault.ProviderTrouble},
	{"network sign-in", 511, "text/html", "<html>hotel</html>", fault.Portal, fault.Portal},
	{"proxy", 407, "text/html", "<html>hotel</html>", fault.Offline, fault.Offline},
	{"not there", 404, "text/html", "<html>hotel</html>", fault.SignInRefused, fault.Portal},

	{"too large", 200, "application/json", `{"access_token":"` + strings.Repeat("hotel", maxBody/5) + `"}`,
		fault.TokenResponse, fault.TokenResponse},
	{"too large behind the tokens", 200, "application/json",
		`{"access_token":"a","token_type":"Bearer"}` + strings.Repeat(" ", maxBody),
		fault.TokenResponse, fault.TokenResponse},
	{"cut off", 200, "application/json", `{"access_token":"hotel`, fault.TokenResponse, fault.TokenResponse},
	{"cut off behind a comma", 200, "application/json", `{"access_token":"hotel","token_type":"Bearer",`,
		fault.TokenResponse, fault.TokenResponse},
	{"cut off before its end", 200, "application/json", `{"access_token":"hotel","token_type":"Bearer"`,
		fault.TokenResponse, fault.TokenResponse},
	{"tokens twice", 200, "application/json", `{"access_token":"hotel","token_type":"Bearer"}{}`,
		fault.TokenResponse, fault.TokenResponse},
	{"nested deeply", 200, "application/json",
		`{"access_token":"hotel","token_type":"Bearer","x":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`,
		fault.TokenResponse, fault.TokenResponse},
}

func TestC24A30A31AnAnswerThatIsNone(t *testing.T) {
	for _, tt := range badAnswers {
		t.Run(tt.what, func(t *testing.T) {
			p := newProvider(t)
			p.answer = answerAt("/oauth/token", tt.status, tt.contentType, tt.body)
			s := signIn(t, newClient(t, p), p.profile(), nil)
			f := wantFault(t, s.err, tt.signIn)
			if s.tokens != nil || strings.Contains(fmt.Sprintf("%+v %v", f, s.page().body), "hotel") {
				t.Errorf("tokens %v, error %+v", s.tokens != nil, f)
			}
		})
	}
}

// The grant is as good after such a response as before: nothing was kept that replaces it.
func TestA30A31TheOldGrantSurvives(t *testing.T) {
	for _, tt := range badAnswers {
		t.Run(tt.what, func(t *testing.T) {
			p := newProvider(t)
			c := newClient(t, p)
			g := grantOf(signedInStory(t, c, p.profile()).tokens)
			p.answer = answerAt("/oauth/token", tt.status, tt.contentType, tt.body)
			k := &keeper{}
			got, err := c.Refresh(t.Context(), p.profile(), g, k.keep)
			f := wantFault(t, err, tt.refresh)
			if got != nil || len(k.kept) != 0 || strings.Contains(fmt.Sprintf("%+v", f), "hotel") {
				t.Fatalf("%v, kept %q, error %+v", got, k.kept, f)
			}
			p.answer = nil
			if _, err := c.Refresh(t.Context(), p.profile(), g, k.keep); err != nil {
				t.Errorf("the grant is lost: %v", err)
			}
		})
	}
}

// What comes without end is not read to its end.
func TestA31ABodyWithoutEndIsReadToTheLimit(t *testing.T) {
	p := newProvider(t)
	g := grantOf(signedInStory(t, newClient(t, p), p.profile()).tokens)
	endless := &endlessBody{start: strings.NewReader(`{"refresh_token":"new","x":"`)}
	real := NewTransport()
	t.Cleanup(real.CloseIdleConnections)
	c := New(Options{Now: p.clock.time, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path != "/oauth/token" {
			return real.RoundTrip(r)
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: endless, Request: r}, nil
	})})
	k := &keeper{}
	_, err := c.Refresh(t.Context(), p.profile(), g, k.keep)
	wantFault(t, err, fault.TokenResponse)
	if endless.read > 2*maxBody || !endless.closed || !k.has("new") {
		t.Errorf("%d bytes were read, closed %v, kept %q", endless.read, endless.closed, k.kept)
	}
}

type endlessBody struct {
	start  io.Reader
	read   int
	closed bool
}

func (b *endlessBody) Read(p []byte) (int, error) {
	n, _ := b.start.Read(p)
	if n == 0 {
		n = copy(p, bytes.Repeat([]byte("x"), len(p)))
	}
	b.read += n
	return n, nil
}

func (b *endlessBody) Close() error {
	b.closed = true
	return nil
}

// absent stands for a member that is left out.
const absent = "absent"

func TestC25A28TokenTypeIsBearer(t *testing.T) {
	for kind, ok := range map[any]bool{
		"Bearer": true, "bearer": true, "BEARER": true, absent: false, "mac": false, "MAC": false, "DPoP": false,
		"N_A": false, "": false, nil: false, 1: false, true: false,
		"Bearer ": false, "Bearer, mac": false, "be\u0430rer": false,
	} {
		p := newProvider(t)
		p.tokens = func(m map[string]any) {
			m["token_type"] = kind
			if kind == absent {
				delete(m, "token_type")
			}
		}
		s := signIn(t, newClient(t, p), p.profile(), nil)
		if !ok {
			f := wantFault(t, s.err, fault.TokenResponse)
			if f.Reason != fault.ResponseNotBearer && f.Reason != fault.ResponseUnreadable || s.tokens != nil {
				t.Errorf("%v: the error says nothing", kind)
			}
		} else if s.err != nil || s.tokens.Type != "Bearer" {
			t.Errorf("%v: %v", kind, s.err)
		}
	}
}

var lifetimes = []struct {
	said    string // JSON
	profile int    // seconds
	want    time.Duration
}{
	{absent, 0, time.Hour}, {absent, 600, 10 * time.Minute}, {absent, -1, time.Hour}, {absent, 1 << 40, maxLifetime},
	{`3600`, 0, time.Hour}, {`3600.0`, 0, time.Hour}, {`1e3`, 0, 1000 * time.Second}, {`90.9`, 0, 90 * time.Second},
	{`"3600"`, 0, time.Hour}, {`" 120 "`, 0, 2 * time.Minute}, {`"1e3"`, 0, 1000 * time.Second},
	{`"3600s"`, 0, time.Hour}, {`"1h"`, 600, 10 * time.Minute}, {`"never"`, 0, time.Hour}, {`""`, 0, time.Hour},
	{`0`, 600, 10 * time.Minute}, {`-0`, 0, time.Hour}, {`0.99`, 0, time.Hour}, {`1e-300`, 0, time.Hour},
	{`-1`, 0, time.Hour}, {`-1e300`, 0, time.Hour}, {`-1e9999`, 0, time.Hour}, {`"-1e9999"`, 0, time.Hour},
	{`-9223372036854775808`, 0, time.Hour}, {`-9223372037`, 0, time.Hour},
	{`1e300`, 0, maxLifetime}, {`1e9999`, 0, maxLifetime}, {`"1e9999"`, 0, maxLifetime}, {`"Infinity"`, 0, maxLifetime},
	{`9223372036854775807`, 0, maxLifetime}, {`9223372037`, 0, maxLifetime}, {`18446744073709551616`, 0, maxLifetime},
	{`"NaN"`, 0, time.Hour}, {`null`, 0, time.Hour}, {`true`, 0, time.Hour}, {`false`, 0, time.Hour}, {`{}`, 0, time.Hour},
	{`{"seconds":60}`, 0, time.Hour}, {`[60]`, 0, time.Hour},
}

func TestC26A29EveryLifetimeIsBounded(t *testing.T) {
	for _, tt := range lifetimes {
		p := newProvider(t)
		p.tokens = func(m map[string]any) {
			m["expires_in"] = json.RawMessage(tt.said)
			if tt.said == absent {
				delete(m, "expires_in")
			}
		}
		prof := p.profile()
		prof.API = &profile.API{DefaultTokenLifetime: tt.profile}
		c := newClient(t, p)
		s := signedInStory(t, c, prof)
		again, err := c.Refresh(t.Context(), prof, grantOf(s.tokens), keepNothing)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []*Tokens{s.tokens, again} {
			if life := got.Expiry.Sub(got.Issued); life != tt.want || got.Expiry.IsZero() {
				t.Errorf("expires_in %s, profile %d: %v, want %v", tt.said, tt.profile, life, tt.want)
			}
		}
	}
}

// NaN and its like are no JSON. The response is refused, and what came along is kept.
func TestA29NumbersThatAreNone(t *testing.T) {
	for _, said := range []string{"NaN", "Infinity", "-Infinity", "0x10", "010", "+1", "1.", ".5", "1_000", "1e", "'60'"} {
		p := newProvider(t)
		c := newClient(t, p)
		g := grantOf(signedInStory(t, c, p.profile()).tokens)
		p.answer = answerAt("/oauth/token", 200, "application/json",
			`{"access_token":"a","token_type":"Bearer","expires_in":`+said+`,"refresh_token":"new"}`)
		k := &keeper{}
		_, err := c.Refresh(t.Context(), p.profile(), g, k.keep)
		wantFault(t, err, fault.TokenResponse)
		if !k.has("new") {
			t.Errorf("%s: kept %q", said, k.kept)
		}
	}
}

var badTokens = []string{
	"a\r\nX: y", "a\rb", "a\nb", "a\x00b", "a b", " a", "a\t", "a\x7f", "a\x1bb", "tökén", "a\u200bb", "a\u0085b", "\n",
	"a\ud7ffb", "ａ", strings.Repeat("a", maxToken+1),
}

func TestA32TokensOfOtherCharacters(t *testing.T) {
	for _, field := range []string{"access_token", "refresh_token", "id_token"} {
		for _, bad := range badTokens {
			p := newProvider(t)
			c := newClient(t, p)
			g := grantOf(signedInStory(t, c, p.profile()).tokens)
			p.tokens = func(m map[string]any) { m[field] = bad }
			wantFault(t, signIn(t, c, p.profile(), nil).err, fault.TokenResponse)
			k := &keeper{}
			got, err := c.Refresh(t.Context(), p.profile(), g, k.keep)
			wantFault(t, err, fault.TokenResponse)
			if got != nil || field == "refresh_token" && len(k.kept) != 0 || field != "refresh_token" && len(k.kept) != 1 {
				t.Errorf("%s %.20q: kept %d", field, bad, len(k.kept))
			}
		}
	}
	for _, value := range []any{nil, "", 1, true, []string{"a"}, map[string]any{"a": "b"}} {
		p := newProvider(t)
		p.tokens = func(m map[string]any) { m["access_token"] = value }
		wantFault(t, signIn(t, newClient(t, p), p.profile(), nil).err, fault.TokenResponse)
	}
}

// A scope is shown to people, stored beside the refresh token, and asked for again.
func TestA32ScopesOfOtherCharacters(t *testing.T) {
	for _, bad := range []string{
		"a\r\nX: y", "a\x00b", "a\tb", "a\x1b[31m", "tökén", "a\u202eb", strings.Repeat("a ", maxScope),
	} {
		p := newProvider(t)
		p.tokens = func(m map[string]any) { m["scope"] = bad }
		wantFault(t, signIn(t, newClient(t, p), p.profile(), nil).err, fault.TokenResponse)
	}
}

// The same characters as they are, not as JSON escapes them: then it is no JSON, and what came along is kept.
func TestA32RawControlCharacters(t *testing.T) {
	for _, raw := range []string{"\r\n", "\x00", "\xff", "\x1b[2J", "\n\"refresh_token\":\"new"} {
		p := newProvider(t)
		c := newClient(t, p)
		g := grantOf(signedInStory(t, c, p.profile()).tokens)
		p.answer = answerAt("/oauth/token", 200, "application/json",
			`{"access_token":"a`+raw+`b","token_type":"Bearer","refresh_token":"new"}`)
		k := &keeper{}
		_, err := c.Refresh(t.Context(), p.profile(), g, k.keep)
		wantFault(t, err, fault.TokenResponse)
		if !k.has("new") {
			t.Errorf("%q: kept %q", raw, k.kept)
		}
	}
}

func TestA33DuplicateAndWrongCaseKeys(t *testing.T) {
	bodies := []string{
		`{"access_token":"a","acce\u0073s_token":"b","token_type":"Bearer"}`,
		`{"access_token":"a","acce` + "\u017f" + `s_token":"b","token_type":"Bearer"}`, // folds to s
		`{"access_token":"a","token_type":"Bearer","x":{"y":1,"y":2}}`,
		"\xef\xbb\xbf" + `{"access_token":"a","token_type":"Bearer"}`,
		`{"access_token":"a","token_type":"Bearer"}{}`,
		`{"access_token":"a","token_type":"Bearer","scope":["a"]}`,
	}
	for name, value := range map[string]string{
		"access_token": `"a"`, "token_type": `"Bearer"`, "expires_in": "60", "refresh_token": `"r"`, "id_token": `""`,
		"scope": `"a"`, "error": "null",
	} {
		for _, other := range []string{name, strings.ToUpper(name), strings.ToUpper(name[:1]) + name[1:]} {
			bodies = append(bodies,
				fmt.Sprintf(`{"access_token":"a","token_type":"Bearer","%s":%s,"%s":%[2]s}`, name, value, other),
				fmt.Sprintf(`{"%s":%s,"access_token":"a","token_type":"Bearer","%s":%[2]s}`, other, value, name))
		}
	}
	for _, body := range bodies {
		_, err := response{status: 200, body: []byte(body)}.tokens()
		if f := fault.Of(err); f == nil || f.Code != fault.TokenResponse && f.Code != fault.Portal {
			t.Errorf("%s: %v", body, err)
		}
	}
	p := newProvider(t)
	p.answer = answerAt("/oauth/token", 200, "application/json", bodies[1])
	wantFault(t, signIn(t, newClient(t, p), p.profile(), nil).err, fault.TokenResponse)
}
