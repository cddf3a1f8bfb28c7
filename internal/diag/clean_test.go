package diag

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/oauth2"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

const jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl"

func TestA65SecretsDoNotReachTheLog(t *testing.T) {
	var out bytes.Buffer
	log := New(&out)
	log.Info("typed", "refresh", secret.New("canary-typed"))
	log.Info("library said " + jwt) // the message itself
	log.Warn("x", "error", errors.New("Post https://a/?code=canary-code&state=canary-state: refused"))
	log.Warn("x", "error", fmt.Errorf("outer: %w", errors.New(`{"refresh_token":"canary-json","x":1}`)))
	said := errors.New("v1.canary-auth0-refresh-token-long")
	log.Warn("x", "error", fault.New(fault.Offline, "host", "acme.example").Because(said))
	log.With("bound", jwt).WithGroup("g").Info("x", "inner", "client_secret=canary-secret&a=b")
	log.Info("x", "list", []string{"a", jwt}, "map", map[string]any{"m": "Bearer canary-0123456789"})
	log.Info("x", "bytes", []byte(jwt), "struct", struct{ A, b any }{secret.New("canary"), jwt})
	log.Info("x", "body", fmt.Sprintf("%q", `{"refresh_token": "canary-quoted"}`), "q", "return=%3Fcode%3Dcanary")
	log.Info("x", "form", "device_code=canary&user_code=canary", "header", "Authorization: basic Y2FuYXJ5Y2FuYXJ5")
	log.Info("x", "nothing", (*fault.Error)(nil), "nil", nil)
	for _, leak := range []string{"canary", "eyJ", "c2lnbmF0dXJl", "Y2FuYXJ5"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q is in the log:\n%s", leak, out.String())
		}
	}
	if got := strings.Count(out.String(), "\n"); got != 11 {
		t.Errorf("%d lines", got)
	}
}

// printed are the ways in which careless code puts a request or an answer into a line.
func printed() map[string]string {
	form := url.Values{"code": {"canary-1", "canary 2"}, "code_verifier": {"canary"}, "grant_type": {"x"}}
	token := &oauth2.Token{AccessToken: "canary-1", RefreshToken: "canary-2"}
	nearTheCut := strings.Repeat(strings.Repeat("x", 50)+" ", 80) // 16 bytes before it
	base64 := "Ab3/canary+Kd9/Zq1+canary/Xw7+Lm2/canary8Q=="
	return map[string]string{
		"a form, printed":        fmt.Sprint(form),
		"a form, encoded":        form.Encode(),
		"a header":               fmt.Sprint(http.Header{"Authorization": {"Bearer canary-0123456789"}}),
		"a token":                fmt.Sprintf("%+v", token),
		"a URL in JSON":          `{"u":"https://a/?code=canary\u0026state=canary"}`,
		"a URL in careful JSON":  `{"u":"https://a/?code\u003dcanary\u0026state\u003dcanary"}`,
		"a URL in a URL":         "return=https%3A%2F%2Fa%2F%3Fcode%3Dcanary%26state%3Dcanary",
		"Python":                 "{'refresh_token': 'canary', 'id_token':'canary'}",
		"YAML":                   "access_token: canary",
		"a proxy's password":     `proxy "http://jane:canary@proxy.example:3128"`,
		"bytes":                  fmt.Sprint([]any{[]byte("canary-canary-canary")}),
		"bytes as Go":            fmt.Sprintf("%#v", []byte("canary-canary-canary")),
		"base64":                 "sent " + base64 + " there",
		"hexadecimal":            fmt.Sprintf("%x", "canary-canary-canary-"),
		"a JWT behind a word":    "token-eyJcanary.canary.canary",
		"cut within a secret":    nearTheCut + strings.Repeat("canary", 9),
		"cut within base64":      nearTheCut + base64,
		"cut within a form code": nearTheCut + "4%2Fcanary%2F" + strings.Repeat("canary", 9),
	}
}

func TestA65PrintedRequestsAreCutOut(t *testing.T) {
	for name, s := range printed() {
		got := Clean(s)
		for _, leak := range []string{"canary", "%2Fcan", "99 97 110", "0x63, 0x61", "63616e617279", "can"} {
			if strings.Contains(got, leak) {
				t.Errorf("%s: %.200s", name, got)
				break
			}
		}
	}
}

func TestCleanLeavesWhatHelps(t *testing.T) {
	for in, want := range map[string]string{
		"dial tcp 127.0.0.1:17171: connect: connection refused": "",
		"client q3RzVb0aM2h7Xk9sJ4tL8wY1cN6uE5pD":               "",
		"/home/jane/.local/state/keyfob/keyfob.log":             "",
		"/home/jane/Projects2026/keyfob/oauthflow/signin":       "",
		"status_code 403":             "",
		"code: ports-busy":            "",
		"token_type: bearer, not mac": "",
		"a\r\nb\x1b[31mc":             "a  b [31mc",
		"https://a/?code=x&b=c":       "https://a/?code=[redacted]&b=c",
		"code=[redacted]&b=c":         "",
		strings.Repeat("word ", 1000): strings.Repeat("word ", 1000)[:longest] + "…",
	} {
		if want == "" {
			want = in
		}
		if got := Clean(in); got != want {
			t.Errorf("Clean(%.40q) = %.80q", in, got)
		}
	}
}

// TestA65LibrariesDoNotQuote has a library say what net/http says of an answer that nobody asked for.
func TestA65LibrariesDoNotQuote(t *testing.T) {
	usual := slog.Default()
	t.Cleanup(func() { slog.SetDefault(usual) })
	var out bytes.Buffer
	Adopt(New(&out))
	log.Printf("Unsolicited response starting with %q; err=%v", `HTTP/1.1 200 OK "canary" canary`, nil)
	log.Printf("no end: %.9q", "canary canary")
	log.Print("plain")
	got := out.String()
	if strings.Contains(got, "canary") || !strings.Contains(got, `starting with \"…\"; err=<nil>`) ||
		!strings.Contains(got, `"text":"plain"`) {
		t.Errorf("the log:\n%s", got)
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range printed() {
		f.Add(s, "", uint8(40))
		f.Add("", s, uint8(43))
	}
	f.Add(strings.Repeat("x ", 2000), "&b", uint8(250))
	f.Add("\xff\xfe", "\x00\n\x1b", uint8(0))
	f.Fuzz(func(t *testing.T, before, after string, length uint8) {
		secret := strings.Repeat("q7_Zk-", 43)[:long+int(length)%200]
		got := Clean(before + secret + after)
		if strings.Contains(got, secret[:long]) {
			t.Errorf("a secret passed: %q", got)
		}
		if got := Clean(before + "?code=" + secret[:6] + after); strings.Contains(got, "code="+secret[:6]) {
			t.Errorf("a code passed: %q", got)
		}
		if n := utf8.RuneCountInString(got); n > longest+1 || !utf8.ValidString(got) ||
			strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("not fit for a line: %d characters, %q", n, got)
		}
		for run := range strings.FieldsFuncSeq(got, func(r rune) bool { return !inToken(r) }) {
			if tokenLike(run) {
				t.Errorf("%q passed: %q", run, got)
			}
		}
	})
}
