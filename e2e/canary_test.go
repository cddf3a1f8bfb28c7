//go:build linux

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
)

// canaries is a desk at which every secret is known, and everything that comes out is kept to be searched.
type canaries struct {
	*desk
	*haul
	p     *talker
	since time.Time
	stop  func() // ends the watching
}

func newCanaries(t *testing.T, o stage.Options, start func(http.Handler) *httptest.Server) *canaries {
	c := &canaries{p: newTalker(t, start), haul: newHaul(t), since: time.Now()}
	c.desk = newDesk(t, o)
	c.noteOpener(c.desk)
	c.stop = c.watch(c.desk)
	t.Cleanup(c.stop)
	return c
}

// mayDump starts a program of ours that may leave a picture of its memory, unless it forbids that itself.
func (c *canaries) mayDump(program string, args ...string) *stage.Process {
	c.Helper()
	const script = `ulimit -S -c "$(ulimit -H -c)"; exec "$0" "$@"`
	argv := append([]string{"-c", script, filepath.Join(c.Bin, program)}, args...)
	return must(c.Start(c.ctx, "/bin/sh", argv...))(c)
}

// search looks for the secrets in everything that came out.
func (c *canaries) search() {
	c.Helper()
	c.stop()
	c.sweep(c.desk, c.since)
	c.judge(c.p.secrets())
}

// TestA65NoSecretLeavesTheProgram runs all of Keyfob with secrets that are known, and finds them nowhere but where they
// belong: an access token in the output of `keyfob token`, and on the clipboard for a while because a person wished it;
// state and nonce in the link that the browser is started with.
func TestA65NoSecretLeavesTheProgram(t *testing.T) {
	c := newCanaries(t, stage.Options{Env: []string{"GOTRACEBACK=crash"}}, httptest.NewServer)
	c.importCanary("acme")
	c.window()
	copied := c.trayCopy()
	c.askAll("acme")
	c.strangers()
	c.signInForRenewal()
	c.wrongsAtSignIn()
	c.unreachable()
	c.cleared(copied) // by now enough time has passed for every account to be renewed
	c.renew("acme")
	c.wrongsAtRenewal()
	c.signOuts()
	c.lockedKeychain("strange")
	c.crash()
	c.foreground()
	c.search()
	c.sawEverything()
}

func (c *canaries) importCanary(id string) {
	c.Helper()
	path := c.Path("home/" + id + ".json")
	if err := os.WriteFile(path, c.p.profile(id), 0o600); err != nil {
		c.Fatal(err)
	}
	c.say(0, "import", "--yes", path)
}

// say runs a command, all of whose output may hold nothing.
func (c *canaries) say(code int, args ...string) {
	c.Helper()
	r := must(c.Keyfob(c.ctx, args...))(c)
	c.add("keyfob "+args[0], []byte(r.Out+r.Err))
	if code >= 0 && r.Code != code {
		c.Errorf("keyfob %q: exit code %d, want %d\n%s%s", args, r.Code, code, r.Out, r.Err)
	}
}

// token runs `keyfob token`. What it prints may be an access token, and then that alone; the rest may hold nothing.
func (c *canaries) token(args ...string) (token string) {
	c.Helper()
	r := must(c.Keyfob(c.ctx, append([]string{"token"}, args...)...))(c)
	if r.Code == 0 {
		token = strings.TrimSpace(r.Out)
		if kind := c.p.secrets()[token]; kind != "access" || r.Out != token+"\n" {
			c.Errorf("keyfob token %q printed a %q and %d bytes more", args, kind, len(r.Out)-len(token))
		}
		r.Out = ""
	}
	c.add("keyfob token", []byte(r.Out+r.Err))
	return token
}

// window signs in from the window with the real browser, copies the token there, and closes the window.
func (c *canaries) window() {
	c.Helper()
	c.mayDump("keyfob-desktop")
	window := must(c.Window(c.ctx, stage.Title))(c)
	c.press(window)
	opened := must(c.Opened(c.ctx))(c)
	c.link(opened.URL)
	c.ask("GET", "/v1/status")
	c.say(0, "status", "--json")
	c.say(0, "status", "acme")
	tab := must(c.Browse(c.ctx, opened.URL))(c)
	address, text, err := tab.Result(c.ctx)
	if err != nil {
		c.Fatal(err)
	}
	c.add("the browser's page", []byte(address+" "+text))
	tab.Close()
	c.wantState("acme", account.SignedIn)
	must(c.Settle(c.ctx, window))(c)
	c.press(window) // "Copy access token"
	if err := c.WaitClipboard(c.ctx, c.token("acme")); err != nil {
		c.Fatal(err)
	}
	c.closeWindow(window)
	if err := c.WaitClipboard(c.ctx, ""); err != nil { // A69
		c.Error("closing the window left the token on the clipboard: ", err)
	}
}

// copied is a token that a helper holds on the clipboard for the tray.
type copied struct {
	token string
	at    time.Time
}

// trayCopy copies the token from the tray's menu. It stays there while the test goes on.
func (c *canaries) trayCopy() copied {
	c.Helper()
	c.clickTray("Copy access token")
	g := copied{c.token("acme"), time.Now()}
	if err := c.WaitClipboard(c.ctx, g.token); err != nil {
		c.Fatal(err)
	}
	return g
}

// cleared waits until the tray's helper has taken the token away.
func (c *canaries) cleared(g copied) {
	c.Helper()
	const limit = 30 * time.Second
	if text := must(c.Clipboard(c.ctx))(c); text != g.token && time.Since(g.at) < limit-5*time.Second {
		c.Error("the token left the clipboard early")
	}
	ctx, cancel := context.WithDeadline(c.ctx, g.at.Add(limit+10*time.Second))
	defer cancel()
	if err := c.WaitClipboard(ctx, ""); err != nil {
		c.Error("the token stays on the clipboard: ", err)
	}
}

// askAll asks for everything that may be asked.
func (c *canaries) askAll(id string) {
	c.Helper()
	for _, args := range [][]string{
		{"status"}, {"status", "--json"}, {"status", id}, {"profiles"}, {"profile", "show", id}, {"agent", "status"},
		{"version"},
	} {
		c.say(-1, args...)
	}
	for _, path := range []string{"/v1/version", "/v1/status", "/v1/profiles/" + id} {
		c.ask("GET", path)
	}
	r := must(c.Keyfob(c.ctx, "token", "--json", id))(c)
	var said struct {
		Access string `json:"access_token"`
	}
	err := json.Unmarshal([]byte(r.Out), &said)
	if r.Code == 0 && (err != nil || c.p.secrets()[said.Access] != "access") {
		c.Errorf("keyfob token --json: %v\n%s", err, r.Err)
	}
	c.add("keyfob token --json", []byte(strings.Replace(r.Out, said.Access, "", 1)+r.Err))
}

// ask asks the agent as any tool may.
func (c *canaries) ask(method, path string) {
	c.Helper()
	var dialer net.Dialer
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialer.DialContext(ctx, "unix", c.Path("run/keyfob/agent.sock"))
	}}
	defer transport.CloseIdleConnections()
	req := must(http.NewRequestWithContext(c.ctx, method, "http://keyfob"+path, nil))(c)
	res := must((&http.Client{Transport: transport}).Do(req))(c)
	defer res.Body.Close()
	var all bytes.Buffer
	_ = res.Header.Write(&all)
	_, _ = io.Copy(&all, res.Body)
	c.addShowing("the agent's "+path, all.Bytes())
}

// almostAll is how long a token that is a few seconds old is not valid any more.
const almostAll = "3599s"

// renew has the session renewed because a caller wants more time than is left.
func (c *canaries) renew(id string) {
	c.Helper()
	before := c.p.times(id, "refresh_token")
	old := c.token(id)
	if fresh := c.token(id, "--min-ttl", almostAll); fresh == old || c.p.times(id, "refresh_token") == before {
		c.Errorf("%s was not renewed", id)
	}
	c.sweep(c.desk, c.since)
}

// login signs in with the command line and a browser that shows nothing. before is done with the link that leads back.
func (c *canaries) login(id string, before func(back string)) error {
	c.Helper()
	login := must(c.StartKeyfob(c.ctx, "login", id))(c)
	opened := must(c.Opened(c.ctx))(c)
	c.link(opened.URL)
	back := c.get(opened.URL, false)
	if before != nil {
		before(back)
	}
	c.get(back, true)
	return login.Wait(c.ctx)
}

// get is the browser that shows nothing. It keeps the page, and returns where the page sends it.
func (c *canaries) get(address string, follow bool) string {
	c.Helper()
	client := http.Client{Transport: c.p.Client().Transport}
	if !follow {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	defer client.CloseIdleConnections()
	req := must(http.NewRequestWithContext(c.ctx, http.MethodGet, address, nil))(c)
	res := must(client.Do(req))(c)
	defer res.Body.Close()
	page := must(io.ReadAll(res.Body))(c)
	next := res.Header.Get("Location")
	if next == "" {
		c.add("the browser's page", append(page, res.Request.URL.String()...))
	}
	return next
}

// strangers come to the callback with a state of their own, and with ours twice; then the real one comes.
func (c *canaries) strangers() {
	c.Helper()
	c.importCanary("strange")
	err := c.login("strange", func(back string) {
		u := must(url.Parse(back))(c)
		for _, q := range []string{
			"code=" + c.p.mint("code") + "&state=" + c.p.mint("state"),
			"error=" + c.p.mint("state") + "&error_description=" + url.QueryEscape(back),
			u.RawQuery + "&" + u.RawQuery,
			u.RawQuery + "%",
		} {
			stray := *u
			stray.RawQuery = q
			c.strayed(stray.String())
		}
	})
	if err != nil {
		c.Error("a stranger ended the sign-in: ", err)
	}
}

// strayed fetches a page of the callback's server that is for nobody. Its address is the stranger's own.
func (c *canaries) strayed(address string) {
	c.Helper()
	req := must(http.NewRequestWithContext(c.ctx, http.MethodGet, address, nil))(c)
	res := must((&http.Client{Transport: c.p.Client().Transport}).Do(req))(c)
	defer res.Body.Close()
	c.add("the page for a stranger", must(io.ReadAll(res.Body))(c))
}

// wrongsAtSignIn has the provider answer to the code with each wrong that there is.
func (c *canaries) wrongsAtSignIn() {
	c.Helper()
	for _, wrong := range append(wrongNames(), "denied") {
		id := "x-" + wrong
		c.importCanary(id)
		_ = c.login(id, nil) // a few are forgiven
		if wrong != "denied" && c.p.times(id, "authorization_code") != 1 {
			c.Errorf("%s: the provider was asked %d times", id, c.p.times(id, "authorization_code"))
		}
		c.say(-1, "status", id)
	}
	c.say(0, "status", "--json")
}

// signInForRenewal signs in with the accounts that will have trouble later: their tokens live for a second.
func (c *canaries) signInForRenewal() {
	c.Helper()
	for _, wrong := range wrongNames() {
		id := "r-" + wrong
		c.importCanary(id)
		if err := c.login(id, nil); err != nil {
			c.Errorf("%s: %v", id, err)
		}
	}
}

// wrongsAtRenewal has the provider answer to the refresh token with each wrong that there is.
func (c *canaries) wrongsAtRenewal() {
	c.Helper()
	for _, wrong := range wrongNames() {
		id := "r-" + wrong
		c.token(id)
		if c.p.times(id, "refresh_token") == 0 {
			c.Errorf("%s: the provider was not asked", id)
		}
		c.say(-1, "status", id)
	}
	c.askAll("acme")
	c.sweep(c.desk, c.since)
}

// unreachable has Keyfob meet a provider whose certificate nobody knows, and one that is not there.
func (c *canaries) unreachable() {
	c.Helper()
	foreign, gone := newTalker(c.p.T, httptest.NewTLSServer), newTalker(c.p.T, httptest.NewServer)
	gone.Close()
	for id, p := range map[string]*talker{"foreign": foreign, "gone": gone} {
		path := c.Path("home/" + id + ".json")
		if err := os.WriteFile(path, p.profile(id), 0o600); err != nil {
			c.Fatal(err)
		}
		c.say(0, "import", "--yes", path)
		c.say(5, "login", id)
	}
}

// crash has the agent die in the middle, with everything in its memory, as Go programs die.
func (c *canaries) crash() {
	c.Helper()
	pid := must(c.Status(c.ctx))(c).Agent.PID
	c.wantNoCore(pid)
	if err := syscall.Kill(pid, syscall.SIGABRT); err != nil {
		c.Fatal(err)
	}
	if err := stage.WaitGone(c.ctx, pid); err != nil {
		c.Fatal(err)
	}
	c.sweep(c.desk, c.since)
	c.want("crash.txt", "SIGABRT")
	c.want("crash.txt", "goroutine ")
	c.token("acme") // a new agent, before a locked keychain
	c.say(4, "login", "acme")
	c.say(-1, "logout", "acme")
	c.askAll("acme")
}

// wantNoCore makes sure that the system may not write a process's memory to the disk, and has not.
func (c *canaries) wantNoCore(pid int) {
	c.Helper()
	limits := string(must(os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid)))(c))
	_, line, _ := strings.Cut(limits, "Max core file size")
	if soft := strings.Fields(line)[0]; soft != "1" && soft != "0" {
		c.Errorf("a core file of process %d may have %s bytes", pid, soft)
	}
}

// foreground is the agent that a service manager keeps, whose output goes to a journal. It ends by a signal that
// makes it say all that it did.
func (c *canaries) foreground() {
	c.Helper()
	c.say(0, "agent", "stop")
	agent := c.mayDump("keyfob", "agent", "--memory-only")
	c.serving(agent.PID())
	if err := c.login("x-goes-on", nil); err != nil {
		c.Error(err)
	}
	c.token("x-goes-on")
	c.wantNoCore(agent.PID())
	if err := syscall.Kill(agent.PID(), syscall.SIGQUIT); err != nil {
		c.Fatal(err)
	}
	_ = agent.Wait(c.ctx)
	if !strings.Contains(agent.Output(), "SIGQUIT") {
		c.Errorf("the agent said, when it died:\n%s", agent.Output())
	}
	if cores, _ := filepath.Glob(c.Path("home/core*")); len(cores) > 0 {
		c.Errorf("left behind: %q", cores)
	}
}

// serving waits until the process is the one that answers.
func (c *canaries) serving(pid int) {
	c.Helper()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		if who, err := c.Agent().Version(c.ctx); err == nil && who.PID == pid {
			return
		}
		select {
		case <-look.C:
		case <-c.ctx.Done():
			c.Fatal("the agent does not answer")
		}
	}
}

// lockedKeychain has a renewal find the keychain locked, when the provider has spent the old refresh token already.
func (c *canaries) lockedKeychain(id string) {
	c.Helper()
	bus := must(dbus.Connect("unix:path=" + c.Path("run/bus")))(c)
	defer bus.Close()
	keychain := bus.Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
	all := []dbus.ObjectPath{"/org/freedesktop/secrets/collection/login"}
	if err := keychain.CallWithContext(c.ctx, "org.freedesktop.Secret.Service.Lock", 0, all).Err; err != nil {
		c.Fatal(err)
	}
	c.renew(id)
	c.askAll(id)
}

// signOuts revokes: at a provider that refuses with what was sent, and at one that agrees.
func (c *canaries) signOuts() {
	c.Helper()
	c.say(-1, "logout", "r-breaks")
	c.say(0, "logout", "x-goes-on")
}

// sawEverything makes sure that the search was no search of nothing.
func (c *canaries) sawEverything() {
	c.Helper()
	c.want("cmdline of keyfob-desktop", "keychain-child")
	c.want("cmdline of keyfob-desktop", "--agent")
	c.want("cmdline of keyfob-desktop", "--copy-token")
	c.want("environ of keyfob-desktop", "HOME=")
	c.want("keyfob.log", "signed in")
	c.want("keyfob.log", "renewed")
	c.want(openerNotes, "code_challenge=")
	c.want(".keyring", "")
	c.want("the agent's /v1/status", `"acme"`)
	c.want("profiles/acme.json", "client_id")
	c.want("the browser's page", "signed in")
}

// TestA66NothingIsWrittenForDebuggers has both agents sign in over TLS with all in their environment by which people
// make programs talk: the keys of their connections, frames and requests, whatever a variable of ours might be called.
func TestA66NothingIsWrittenForDebuggers(t *testing.T) {
	dir := t.TempDir()
	ca, keys := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "keys")
	c := newCanaries(t, stage.Options{NoDisplay: true, NoTrayHost: true, Env: []string{
		"SSL_CERT_FILE=" + ca, "SSLKEYLOGFILE=" + keys, "GODEBUG=http2debug=2,netdns=9", "DEBUG=*", "HTTP_DEBUG=1",
		"KEYFOB_DEBUG=1", "KEYFOB_LOG=debug", "KEYFOB_LOG_LEVEL=debug", "KEYFOB_VERBOSE=1", "KEYFOB_TRACE=1",
	}}, httptest.NewTLSServer)
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.p.Certificate().Raw})
	if err := os.WriteFile(ca, cert, 0o600); err != nil {
		t.Fatal(err)
	}
	for id, argv := range map[string][]string{"one": {"keyfob", "agent"}, "two": {"keyfob-desktop", "--agent"}} {
		agent := c.mayDump(argv[0], argv[1:]...)
		c.serving(agent.PID())
		c.importCanary(id)
		if err := c.login(id, nil); err != nil {
			t.Error(err)
		}
		c.token(id)
		c.say(0, "agent", "stop")
		if lines := strings.Count(agent.Output(), "\n"); lines > 3 { // that it runs, where its socket and its log are
			t.Errorf("%q said:\n%s", argv, agent.Output())
		}
	}
	if _, err := os.Stat(keys); err == nil {
		t.Error("the keys of its connections were written down")
	}
	c.search()
	c.want("keyfob.log", `"signed in","id":"two"`)
}
