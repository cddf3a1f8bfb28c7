package fastpath

import (
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/localapi/wire"
	"keyfob/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParseTakesThePlainestFormAlone(t *testing.T) {
	for line, want := range map[string]*command{
		"token acme":                           {name: "token", id: "acme", ttl: time.Minute},
		"header acme.eu-2_x":                   {name: "header", id: "acme.eu-2_x", ttl: time.Minute},
		"token acme --min-ttl 10m":             {name: "token", id: "acme", ttl: 10 * time.Minute},
		"token --min-ttl=1.5s acme":            {name: "token", id: "acme", ttl: 1500 * time.Millisecond},
		"run acme -- env":                      {name: "run", id: "acme", ttl: time.Minute, argv: []string{"env"}},
		"run --min-ttl 1h acme -- a --min-ttl": {name: "run", id: "acme", ttl: time.Hour, argv: []string{"a", "--min-ttl"}},

		"": nil, "token": nil, "token --help": nil, "token acme --json": nil, "token acme other": nil, "status acme": nil,
		"token ../acme": nil, "token Acme": nil, "token acme?x": nil, "token acme\r\nx": nil, "token -x": nil,
		"token .x": nil, "token --min-ttl": nil, "token acme --min-ttl": nil, "token acme --min-ttl soon": nil,
		"token acme --min-ttl -5s": nil, "token acme --min-ttl 0s": nil,
		"token acme --min-ttl 25h": nil, "token --min-ttl 5m": nil,
		"run acme": nil, "run acme --": nil, "run -- env": nil, "run acme other -- env": nil, "token acme -- env": nil,
		"token " + strings.Repeat("x", 65): nil,
	} {
		got, ok := parse(strings.Split(line, " "))
		if ok != (want != nil) || ok && !reflect.DeepEqual(got, *want) {
			t.Errorf("%q: %v %+v, want %+v", line, ok, got, want)
		}
	}
}

func TestVariable(t *testing.T) {
	for id, want := range map[string]string{
		"acme": "ACME_ACCESS_TOKEN", "acme.eu-2_x": "ACME_EU_2_X_ACCESS_TOKEN", "É": "___ACCESS_TOKEN",
	} {
		if got := Variable(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}

func TestWithTakesOutWhatWasThere(t *testing.T) {
	env := []string{"T=old", "TT=x", "T=older", "=C:=x"}
	if got := With(env, "T", "new"); !slices.Equal(got, []string{"TT=x", "=C:=x", "T=new"}) || env[0] != "T=old" {
		t.Errorf("%q of %q", got, env)
	}
}

const good = `{"access_token":"ey.J_x-1","token_type":"Bearer",` +
	`"expires_at":"2030-01-02T03:04:05Z","scope":"a b"}` + "\n"

func TestAnswer(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 3\r\nDate: x\r\n\r\n"
	for got, want := range map[string]string{
		head + "abc": "200 abc", "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx": "404 x",
		head + "ab": "", head + "abcd": "", head: "", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n": "",
		"HTTP/1.1 200 OK\r\n\r\nabc": "", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc": "",
		"HTTP/1.1 200 OK\r\nX-Content-Length: 3\r\n\r\nabc": "", "HTTP/1.1 2\r\nContent-Length: 3\r\n\r\nabc": "",
		"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc": "", "": "",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n": "",
	} {
		status, body, whole := answer(got)
		if whole != (want != "") || whole && status+" "+body != want {
			t.Errorf("%q: %s %q %v, want %q", got, status, body, whole, want)
		}
	}
}

func TestOnlyTheUsualAnswerIsTaken(t *testing.T) {
	for _, usual := range []string{
		good, `{"access_token":"ey.J_x-1","token_type":"Bearer"}` + "\n",
		strings.Replace(good, `,"scope":"a b"`, "", 1), strings.Replace(good, `"expires_at":"2030-01-02T03:04:05Z",`, "", 1),
	} {
		if token, ok := token(usual); token != "ey.J_x-1" || !ok {
			t.Errorf("%s %v", token, ok)
		}
	}
	for _, odd := range []string{
		"", "{}", `{"error":{"code":"signin-required"}}`, strings.Replace(good, "J_x", `J\u0041`, 1),
		strings.Replace(good, "J_x", "J x", 1), strings.Replace(good, "ey.J_x-1", "", 1),
		strings.Replace(good, "J_x", "J\nx", 1),
		strings.Replace(good, "}", `,"note":{"code":"short-lived"}}`, 1), " " + good, good[:30],
		strings.Replace(good, "Bearer", "", 1), strings.Replace(good, "a b", `a\"b`, 1), good + good,
		strings.TrimSuffix(good, "\n"), strings.TrimSuffix(good, "}\n"),
	} {
		if _, ok := token(odd); ok {
			t.Errorf("taken: %s", odd)
		}
	}
}

// TestWhatTheAgentSaysIsKnown: else every token would take the slow way, and nobody would notice.
func TestWhatTheAgentSaysIsKnown(t *testing.T) {
	answer := wire.Token{AccessToken: secret.New("ey.J_x-1"), TokenType: "Bearer", Scope: "a b", ExpiresAt: time.Now()}
	said, err := answer.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if token, ok := token(string(said)); !ok || token != "ey.J_x-1" {
		t.Errorf("%s was left", said)
	}
}

// TestWhatItDoesNotKnowIsLeft to the program proper: a token that is shown in another way than a bearer token, and a
// response that says more than it did when this was written.
func TestWhatItDoesNotKnowIsLeft(t *testing.T) {
	for _, kind := range []string{"DPoP", "bearer", "BEARER", "Bearer ", "mac", "N_A"} {
		if _, ok := token(strings.Replace(good, "Bearer", kind, 1)); ok {
			t.Errorf("a token of the type %q was taken", kind)
		}
	}
	for _, more := range []string{`,"key_id":"k1"}`, `,"proof":true}`, `,"scope":"twice"}`} {
		if _, ok := token(strings.Replace(good, "}", more, 1)); ok {
			t.Errorf("an answer with %s was taken", more)
		}
	}
}

// TestItIsInitialisedAmongTheFirst: the linker initialises a package when all that it depends on is. With one of these
// among that, cryptography and TLS would come before it.
func TestItIsInitialisedAmongTheFirst(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "keyfob/internal/fastpath").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, late := range []string{"unicode", "strings", "bytes", "fmt", "reflect", "os/exec", "encoding/json", "net"} {
		if slices.Contains(strings.Fields(string(out)), late) {
			t.Errorf("it depends on %s", late)
		}
	}
}

// FuzzAnswer: whatever answers, a token that is handed on is one word of it.
func FuzzAnswer(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 102\r\n\r\n" + good)
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")
	f.Add("HTTP/1.1 \r\n\r\n")
	f.Fuzz(func(t *testing.T, got string) {
		status, body, whole := answer(got)
		if whole && (len(status) != 3 || !strings.HasSuffix(got, body)) {
			t.Errorf("%q has %q %q", got, status, body)
		}
		token, ok := token(body)
		if ok && (strings.ContainsAny(token, " \r\n\t\x00\"\\") || !strings.Contains(body, `"`+token+`"`)) {
			t.Errorf("%q hands on %q", body, token)
		}
	})
}
