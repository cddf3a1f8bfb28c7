//go:build linux

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"keyfob/e2e/apis"
	"keyfob/e2e/stage"
	"keyfob/internal/profile"
)

const (
	streamed      = 100 << 20 // bytes through the gateway, each way
	gatewayMemory = 16 << 20  // that it may grow by meanwhile
)

// gatewayHouse is a program's own account at RES:Harmonics, in front of whose API stands one that can stream as well.
type gatewayHouse struct {
	*desk

	provider *apis.Server
	late     atomic.Int64 // how far the provider's clock is ahead of ours
	api      *httptest.Server
	also     []string // base URLs of its API besides the first
	url, key string
	urls     map[string]string // by base URL
	process  *stage.Process
}

func openGateway(t *testing.T) *gatewayHouse {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not there")
	}
	h := &gatewayHouse{desk: newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})}
	later := func() time.Time { return time.Now().Add(time.Duration(h.late.Load())) }
	h.provider = apis.NewHarmonics(t, apis.Options{Now: later})
	h.api = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.api.Close)
	h.account()
	h.start()
	return h
}

// serve is the API: events, streams, and what the provider's own has.
func (h *gatewayHouse) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/v3/events":
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done() // a stream has no end of its own
	case "/v3/stream":
		n, _ := io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Received", fmt.Sprint(n))
		_, _ = io.CopyN(w, zeros{}, streamed)
	default:
		h.provider.ServeHTTP(w, r)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func (h *gatewayHouse) account() {
	h.Helper()
	p := profile.Profile{Version: 1, ID: "harmonics", TokenEndpoint: h.provider.TokenURL, ClientID: apis.ClientID,
		TokenEndpointAuthMethod: profile.AuthPost,
		GrantTypes:              []string{profile.ClientCredentials}, Scope: "api/read api/write",
		API: &profile.API{BaseURLs: append([]string{h.api.URL + "/v3"}, h.also...), TestURL: h.api.URL + "/v3/bookings"}}
	data := must(p.Marshal())(h)
	path := h.Path("home/harmonics.json")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		h.Fatal(err)
	}
	h.keyfob(0, "import", "--yes", path)
	r := must(h.KeyfobInput(h.ctx, []byte(apis.ClientSecret+"\n"), "secret", "set", "harmonics"))(h)
	if r.Code != 0 {
		h.Fatalf("%d: %s%s", r.Code, r.Out, r.Err)
	}
}

// start starts the gateway, and waits until it has said where it is.
func (h *gatewayHouse) start() {
	h.Helper()
	h.process = must(h.StartKeyfob(h.ctx, "gateway", "harmonics", "--json"))(h)
	var said struct {
		URL        string
		URLs, Keys map[string]string
	}
	for json.Unmarshal([]byte(h.process.Output()), &said) != nil {
		if !pause(h.ctx, 10*time.Millisecond) {
			h.Fatalf("the gateway did not start: %s", h.process.Output())
		}
	}
	h.url, h.urls, h.key = said.URL, said.URLs, said.Keys["default"]
}

// curl asks the gateway as Excel does, with the key as a password.
func (h *gatewayHouse) curl(args ...string) string {
	h.Helper()
	args = append([]string{"-sS", "--max-time", "60", "-u", "excel:" + h.key}, args...)
	cmd := exec.CommandContext(h.ctx, "curl", args...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		h.Errorf("curl %q: %v\n%s", args, err, &said)
	}
	return out.String()
}

// token is the one that the API saw last.
func (h *gatewayHouse) token() string {
	h.Helper()
	all := h.provider.Requests()
	token, ok := strings.CutPrefix(all[len(all)-1].Header.Get("Authorization"), "Bearer ")
	if !ok {
		h.Fatal("the API saw no token")
	}
	return token
}

// A real curl, through the real program, to an API that knows the token: with the message that a token has expired and
// no challenge, there is one renewal and the same answer as ever.
func TestC50TheGatewayRenewsWhatTheAPICallsExpired(t *testing.T) {
	t.Parallel() // it mostly waits
	h := openGateway(t)
	if out := h.curl(h.url + "/bookings"); !strings.Contains(out, `"method":"GET"`) {
		t.Fatal(out)
	}
	first := h.token()
	h.late.Store(int64(apis.HarmonicsLifetime + time.Minute)) // for the API its time is over
	order := []string{h.url + "/bookings", "-d", `{"guests":2}`}
	for out := h.curl(order...); !strings.Contains(out, `"method":"POST"`); out = h.curl(order...) {
		// A token is not renewed within seconds of its birth, however often it is refused.
		if !strings.Contains(out, apis.HarmonicsExpired) || h.provider.Tokens() != 1 || !pause(h.ctx, time.Second) {
			t.Fatal(out)
		}
	}
	all := h.provider.Requests()
	if last := all[len(all)-1]; h.provider.Tokens() != 2 || h.token() == first || string(last.Body) != `{"guests":2}` {
		t.Errorf("%d tokens, then %q", h.provider.Tokens(), last.Body)
	}
	if before := all[len(all)-3]; before.Status != http.StatusUnauthorized || string(before.Body) != `{"guests":2}` {
		t.Errorf("before the token was asked for: %d %q", before.Status, before.Body)
	}
	r := h.keyfob(0, "call", "harmonics")
	if !strings.Contains(r.Out, `"method":"GET"`) || h.provider.Tokens() != 2 {
		t.Errorf("keyfob call: %s%s, %d tokens", r.Out, r.Err, h.provider.Tokens())
	}
	for _, token := range []string{first, h.token(), apis.ClientSecret, h.key} {
		if logs := strings.ReplaceAll(h.Logs(), h.process.Output(), ""); strings.Contains(logs, token) {
			t.Errorf("a log has %.6s… in it", token)
		}
	}
}

func TestEventsAndStreamsThroughTheGateway(t *testing.T) {
	h := openGateway(t)
	h.events()
	pid := h.process.PID()
	before := must(usageOf(pid))(t)
	if err := resetPeak(pid); err != nil {
		t.Fatal(err)
	}
	source := h.Path("home/source")
	file := must(os.Create(source))(t)
	if err := file.Truncate(streamed); err != nil {
		t.Fatal(err)
	}
	file.Close()
	const seen = "%{http_code} %{size_download} %header{x-received}"
	out := h.curl("-T", source, "-o", os.DevNull, "-w", seen, h.url+"/stream")
	if want := fmt.Sprintf("200 %d %d", streamed, streamed); out != want {
		t.Errorf("%s, not %s", out, want)
	}
	after := must(usageOf(pid))(t)
	t.Logf("%d KB, at most %d KB", before.memory>>10, after.peak>>10)
	if after.peak > before.memory+gatewayMemory {
		t.Errorf("%d bytes of memory, %d before", after.peak, before.memory)
	}
}

// An API that can is spoken to by HTTP/2, over TLS that is verified; the tool goes on by HTTP/1.1. What net/http would
// say of it where somebody debugs, tokens included, is not printed.
func TestTheGatewaySpeaksHTTP2ToTheAPI(t *testing.T) {
	api := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.Proto, " ", strings.HasPrefix(r.Header.Get("Authorization"), "Bearer "))
	}))
	api.EnableHTTP2 = true
	api.StartTLS()
	defer api.Close()
	known := filepath.Join(t.TempDir(), "certificates.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: api.Certificate().Raw})
	if err := os.WriteFile(known, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	h := &gatewayHouse{provider: apis.NewHarmonics(t, apis.Options{}), api: api,
		desk: newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true,
			Env: []string{"SSL_CERT_FILE=" + known, "GODEBUG=http2debug=2"}})}
	h.account()
	h.start()
	before := h.process.Output()
	if out := h.curl("-w", " to a tool by %{http_version}", h.url+"/bookings"); out != "HTTP/2.0 true to a tool by 1.1" {
		t.Error(out)
	}
	if out := h.process.Output(); out != before {
		t.Errorf("the gateway says %s", out)
	}
}

// Two APIs behind one account: each has an address of its own at the gateway, with the same key and the same token, and
// what is asked of one does not reach the other.
func TestA59TheGatewayLeadsToEachBaseURL(t *testing.T) {
	t.Parallel() // it mostly waits
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not there")
	}
	h := &gatewayHouse{
		desk:     newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true}),
		provider: apis.NewHarmonics(t, apis.Options{}),
	}
	api := func(name string) *httptest.Server {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			fmt.Fprintf(w, "%s %s %x", name, r.URL.Path, sha256.Sum256([]byte(token))) // the token itself does not come back
		}))
		t.Cleanup(s.Close)
		return s
	}
	h.api = api("first")
	second := api("second")
	h.also = []string{second.URL + "/vehicle/v1/", h.api.URL + "/v3/"}
	h.account()
	h.start()
	if len(h.urls) != 2 || h.urls[h.api.URL+"/v3"] != h.url {
		t.Fatalf("%q of %q", h.url, h.urls)
	}
	name, path, token := h.told(h.url + "/ping")
	if name != "first" || path != "/v3/ping" || token == fmt.Sprintf("%x", sha256.Sum256(nil)) {
		t.Errorf("the first leads to %s %s", name, path)
	}
	other := h.urls[second.URL+"/vehicle/v1"]
	if name, path, again := h.told(other + "/ping"); name != "second" || path != "/vehicle/v1/ping" || again != token ||
		h.provider.Tokens() != 1 {
		t.Errorf("the second leads to %s %s, after %d tokens", name, path, h.provider.Tokens())
	}
	elsewhere := []string{"--path-as-is", "-o", os.DevNull, "-w", "%{http_code}", other + "/../../v3/ping"}
	if out := h.curl(elsewhere...); out != "400" {
		t.Errorf("out of the second: %s", out)
	}
	first := "Host: " + strings.TrimPrefix(h.url, "http://")
	if out := h.curl("-H", first, "-o", os.DevNull, "-w", "%{http_code}", other+"/ping"); out != "403" {
		t.Errorf("with the first's name: %s", out)
	}
	if sockets := must(listeners(h.process.PID()))(t); len(sockets) != 2 || !strings.HasPrefix(sockets[0], "0100007F:") ||
		!strings.HasPrefix(sockets[1], "0100007F:") {
		t.Errorf("the gateway listens at %q", sockets)
	}
}

// told is what one of two APIs says that it was asked, and a hash of its token.
func (h *gatewayHouse) told(url string) (name, path, token string) {
	h.Helper()
	f := strings.Fields(h.curl(url))
	if len(f) != 3 {
		h.Fatalf("%s: %q", url, f)
	}
	return f[0], f[1], f[2]
}

// events reads three of an endless stream, and leaves.
func (h *gatewayHouse) events() {
	h.Helper()
	ctx, leave := context.WithCancel(h.ctx)
	cmd := exec.CommandContext(ctx, "curl", "-sSN", "-u", "x:"+h.key, h.url+"/events")
	pipe := must(cmd.StdoutPipe())(h)
	if err := cmd.Start(); err != nil {
		h.Fatal(err)
	}
	in := bufio.NewScanner(pipe)
	for i := range 3 {
		if in.Scan(); in.Text() != fmt.Sprint("data: ", i) {
			h.Errorf("%q", in.Text())
		}
		in.Scan()
	}
	leave()
	_ = cmd.Wait()
}

// Off by default: an account, an agent and its token open no port. The gateway opens one, on loopback, for as long as
// it runs.
func TestA57NobodyListensUntilAGatewayIsStarted(t *testing.T) {
	h := openGateway(t)
	if err := h.process.End(); err != nil {
		t.Fatal(err)
	}
	if err := h.process.Wait(h.ctx); err != nil {
		t.Errorf("it ended with %v: %s", err, h.process.Output())
	}
	at := must(url.Parse(h.url))(t)
	agent := must(h.Status(h.ctx))(t).Agent.PID
	if sockets := must(listeners(agent))(t); len(sockets) > 0 {
		t.Errorf("the agent listens at %q", sockets)
	}
	h.start()
	sockets := must(listeners(h.process.PID()))(t)
	if len(sockets) != 1 || !strings.HasPrefix(sockets[0], "0100007F:") || at.Hostname() != "127.0.0.1" {
		t.Errorf("the gateway listens at %q", sockets)
	}
}

// listeners are the addresses of TCP at which a process listens, as /proc/net/tcp writes them.
func listeners(pid int) (found []string, err error) {
	const listening = "0A"
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return nil, err
	}
	ours := map[string]bool{}
	for _, entry := range entries {
		link, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, entry.Name()))
		if inode, ok := strings.CutPrefix(link, "socket:["); ok {
			ours[strings.TrimSuffix(inode, "]")] = true
		}
	}
	for _, name := range []string{"tcp", "tcp6"} {
		table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, name))
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(table)) {
			if f := strings.Fields(line); len(f) > 9 && f[3] == listening && ours[f[9]] {
				found = append(found, f[1])
			}
		}
	}
	return found, nil
}
