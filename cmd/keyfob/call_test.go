package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/apicall"
	"keyfob/internal/fastpath"
	"keyfob/internal/jwt"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// api answers as the path says, and shows what it was sent.
func api(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	status := http.StatusOK
	if _, err := fmt.Sscanf(r.URL.Path, "/v1/status/%d", &status); err == nil {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(status)
	}
	switch r.URL.Path {
	case "/v1/short":
		w.Header().Set("Content-Length", "1000")
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"cut": "her`)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	case "/v1/long":
		_, _ = io.WriteString(w, strings.Repeat("x", prettyBytes+1))
		return
	case "/v1/binary":
		_, _ = w.Write([]byte{0, 1, 0xfe, 0xff})
		return
	}
	if r.URL.Path == "/v1/away" {
		http.Redirect(w, r, "https://evil.example/", http.StatusFound)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Evil", "a\u202eb")
	fmt.Fprintf(w, `{"asked":"%s %s","type":%q,"mine":%q,"sent":%q,"token":%q,"length":%d}`, r.Method, r.URL.RequestURI(),
		r.Header.Get("Content-Type"), r.Header.Get("X-Mine"), body, r.Header.Get("Authorization"),
		r.ContentLength)
}

// exitOf is the exit code of a program that has ended.
func exitOf(err error) int {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return e.ExitCode()
	}
	return 0
}

func TestCall(t *testing.T) {
	k := home(t)
	s := newSite(t, http.HandlerFunc(api))
	allow(k, s.URL+"/v1/")
	k.mu.Lock()
	p := k.profiles["acme"]
	p.API.TestURL = s.URL + "/v1/ping"
	k.profiles["acme"] = p
	k.mu.Unlock()
	order := filepath.Join(t.TempDir(), "order.json")
	if err := os.WriteFile(order, []byte(`{"a": 1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args      string
		exit      int
		out, said string // parts of them
	}{
		{"acme", 0, `"asked":"GET /v1/ping"`, "200 OK in "},
		{"acme /orders?a=b;c", 0, `"asked":"GET /v1/orders?a=b;c"`, ""},
		{"acme orders", 0, `"asked":"GET /v1/orders"`, ""},
		{"acme " + s.URL + "/v1/x", 0, `"asked":"GET /v1/x"`, ""},
		{"acme /o -d {\"b\":2}", 0, `"asked":"POST /v1/o","type":"application/json","mine":"","sent":"{\"b\":2}"`, ""},
		{"acme /o -d a=b -X PUT", 0,
			`"asked":"PUT /v1/o","type":"application/x-www-form-urlencoded","mine":"","sent":"a=b"`, ""},
		{"acme /o -d @" + order, 0, `"length":8}`, ""}, // in one piece
		{"acme /o -d @" + order, 0, `"type":"application/json","mine":"","sent":"{\"a\": 1}"`, ""},
		{"acme / -H X-Mine:kept -H content-type:text/x -d x", 0, `"type":"text/x","mine":"kept"`, ""},
		{"acme / -i", 0, "", "Content-Type: application/json; charset=utf-8"},
		{"acme / --pretty", 0, "{\n  \"asked\": \"GET /v1/\",\n", ""},
		{"acme / --json", 0, "  \"status\": 200,\n", ""},
		{"acme /away", 0, "", "302 Found in "},
		{"acme /short", 5, `{"cut": "her`, "code: api-cut"},
		{"acme /short --pretty", 5, `{"cut": "her`, "'s answer is here: it broke off."},
		{"acme /short --json -d x", 5,
			`  "body": "{\"cut\": \"her",` + "\n  \"problem\": {\n    \"code\": \"api-cut\"", "code: api-cut"},
		{"acme /long", 0, strings.Repeat("x", prettyBytes+1), ""},
		{"acme /long --json", 5, `"status": 200,`, "longer than 8 MB"},
		{"acme /binary --json", 0, `  "body_base64": "AAH+/w=="`, ""},
		{"acme /status/404", 1, `"asked"`, "code: api-refused"},
		{"acme /status/403", 6, `"asked"`, "code: api-forbidden"},
		{"acme /status/401", 6, `"asked"`, "code: api-unauthorized"},
		{"acme /status/429", 7, `"asked"`, "wants fewer requests until tomorrow"},
		{"acme /status/503 --json", 5, `"status": 503`, "code: provider-trouble"},
		{"acme /../x", 2, "", "code: api-elsewhere"},
		{"acme https://evil.example/v1/x", 2, "", "does not let a token go to evil.example"},
		{"acme / -H Authorization:x", 2, "", "is set by Keyfob"},
		{"acme / -H authorization_:x -H authorization:y", 2, "", "is set by Keyfob"},
		{"acme / -H Host:evil.example", 2, "", "follows from the address"},
		{"acme / -H nonsense", 2, "", "a name and a value"},
		{"acme / -d @/no/such/file", 2, "", "cannot be read"},
		{"acme / -X A/B", 2, "", "no such method"},
		{"acme https://%zz", 2, "", "no such method or address"},
		{"out /", 2, "", "names no address"},
		{"out", 2, "", "no api.test_url"},
		{"nobody /", 2, "", "profile-unknown"},
		{"acme /a /b", 2, "", "behind the id comes one path or address"},
		{"", 2, "", "it needs the id"},
	} {
		out, said, err := try(t, "", append([]string{"keyfob", "call"}, strings.Fields(tt.args)...)...)
		if exitOf(err) != tt.exit || !strings.Contains(out, tt.out) || !strings.Contains(said, tt.said) ||
			tt.exit == 2 && out != "" || strings.Contains(out+said, canary) {
			t.Errorf("call %s: %d, %s\n%s", tt.args, exitOf(err), out, said)
		}
	}
}

// Nobody wonders what a call does that takes long.
func TestACallThatTakesLongSaysWhatItWaitsFor(t *testing.T) {
	k := home(t)
	said := make(chan struct{})
	s := newSite(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-said:
		case <-r.Context().Done():
		}
	}))
	allow(k, s.URL+"/v1/")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "keyfob", "call", "acme", "/slow")
	from, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(from)
	if got, err := lines.ReadString('\n'); got != "keyfob: waiting for an answer from "+s.host+". Ctrl-C ends this.\n" {
		t.Errorf("%q, %v", got, err)
	}
	close(said)
	if got, err := lines.ReadString('\n'); !strings.HasPrefix(got, "200 OK in ") {
		t.Errorf("%q, %v", got, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// slowAPI is one that takes its time.
type slowAPI time.Duration

func (s slowAPI) RoundTrip(*http.Request) (*http.Response, error) {
	time.Sleep(time.Duration(s))
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
}

func (slowAPI) Token(context.Context, time.Duration) (account.Access, error) {
	time.Sleep(fastpath.Patience - 1)
	return account.Access{Token: secret.New(canary)}, nil
}

func (slowAPI) Instead(_ context.Context, refused account.Access) (account.Access, error) {
	return refused, nil
}

func TestWhatACallWaitsForIsSaidWhereItTakesLong(t *testing.T) {
	p := profile.Profile{ID: "acme", API: &profile.API{BaseURLs: []string{"https://api.example"}}}
	for takes, want := range map[time.Duration]string{
		fastpath.Patience - 1: "",
		fastpath.Patience + 1: "keyfob: waiting for an answer from api.example. Ctrl-C ends this.\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			var said bytes.Buffer
			req, _ := http.NewRequestWithContext(t.Context(), "GET", "https://api.example/", nil)
			transport := &apicall.Transport{
				Profile: p, Credentials: apicall.CredentialsOf(slowAPI(0)), Base: slowAPI(takes),
			}
			res, err := send(&said, transport, req)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour) // until all of the answer has come
			synctest.Wait()
			res.Body.Close()
			if said.String() != want {
				t.Errorf("%v: %q", takes, said.String())
			}
		})
	}
}

func TestA43AnAPICannotDriveTheTerminal(t *testing.T) {
	const hostile = "a\x1b[2J\x1b]0;x\x07b\u202ec\u009b1md\x7f\re\u200bf\tg é 漢\n"
	const want = "a\ufffd[2J\ufffd]0;x\ufffdb\ufffdc\ufffd1md\ufffd\re\ufffdf\tg é 漢\n"
	var out bytes.Buffer
	_, err := io.Copy(&textWriter{w: &out}, iotest.OneByteReader(strings.NewReader(hostile)))
	if err != nil || out.String() != want {
		t.Errorf("%q (%v)", out.String(), err)
	}
	if out.Reset(); apicall.Tame(hostile) != want {
		t.Errorf("%q", apicall.Tame(hostile))
	}
}

func TestClaims(t *testing.T) {
	b64 := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	exp := time.Now().Add(24 * time.Hour)
	claims := fmt.Sprintf(`{"aud":"x\u202e","note":"`+"\u202e"+`","exp":%d,"iat":-1,"nbf":"x"}`, exp.Unix())
	readable := b64(`{"alg":"RS256"}`) + "." + b64(claims) + ".c2ln"
	for token, want := range map[string]string{
		"reference": "This token is opaque",
		b64(`{"alg":"dir","enc":"A256GCM"}`) + "..a.b.c": "\"enc\": \"A256GCM\"",
		readable: "good until  tomorrow, " + exp.Format("15:04") + " (exp)",
	} {
		var out bytes.Buffer
		printLook(&out, jwt.LookAt(secret.New(token)))
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), token) ||
			strings.Contains(out.String(), "c2ln") || strings.Contains(out.String(), "\u202e") ||
			strings.Contains(out.String(), "issued") {
			t.Errorf("%s", out.String())
		}
	}
	home(t)
	if out := tool(t, "", "keyfob", "claims", "acme"); !strings.Contains(out, "opaque") || strings.Contains(out, canary) {
		t.Error(out)
	}
	var said struct{ Form string }
	out := tool(t, "", "keyfob", "claims", "acme", "--json")
	if json.Unmarshal([]byte(out), &said) != nil || said.Form != "opaque" {
		t.Error(out)
	}
	if _, _, err := try(t, "", "keyfob", "claims", "out"); exitOf(err) != 3 {
		t.Error(err)
	}
}
