package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// said is what keyfob gateway prints with --json.
type said struct {
	URL  string
	URLs map[string]string
	Keys map[string]string
}

// startGateway starts keyfob gateway acme and returns what it printed first.
func startGateway(t *testing.T, args ...string) (s said, cmd *exec.Cmd) {
	t.Helper()
	out, cmd := gatewayProcess(t, append(args, "--json")...)
	if line, err := out.ReadBytes('\n'); err != nil || json.Unmarshal(line, &s) != nil {
		t.Fatalf("%s (%v)", line, err)
	}
	return s, cmd
}

func gatewayProcess(t *testing.T, args ...string) (*bufio.Reader, *exec.Cmd) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "keyfob", append([]string{"gateway", "acme"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return bufio.NewReader(out), cmd
}

// end ends a gateway as Ctrl-C does.
func end(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestWhatCannotBePrintedIsNoSuccess: a gateway whose URL and key nobody has would serve nobody, and a list that was
// cut off must not look like a whole one.
func TestWhatCannotBePrintedIsNoSuccess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no /dev/full")
	}
	k := home(t)
	allow(k, "https://api.acme.example")
	tool(t, "", "keyfob", "token", "acme") // so that the log is not empty
	profile := filepath.Join(t.TempDir(), "new.json")
	if err := os.WriteFile(profile, []byte(`{"keyfob_profile": 1, "id": "new", "issuer": "https://id.acme.example/",
		"client_id": "abc"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"gateway acme", "gateway acme --json", "profiles", "status", "status acme", "log", "claims acme",
		"import --yes " + profile,
	} {
		const patience = 20 * time.Second // a gateway that serves all the same ends as well
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		cmd := exec.CommandContext(ctx, "sh", "-c", "exec keyfob "+args+" >/dev/full")
		said, err := cmd.CombinedOutput()
		cancel()
		if err == nil || !strings.Contains(string(said), "code: disk-trouble") {
			t.Errorf("%s: %v\n%s", args, err, said)
		}
	}
	if _, err := k.find("new"); fault.CodeOf(err) != fault.ProfileUnknown {
		t.Error("what nobody could look at was trusted")
	}
}

func TestGateway(t *testing.T) {
	needs(t, "curl")
	k := home(t)
	s := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) }))
	allow(k, s.URL+"/v1")
	g, cmd := startGateway(t, "--client", "excel", "--client", "curl")
	if len(g.Keys) != 2 || !strings.HasPrefix(g.URL, "http://127.0.0.1:") || len(g.URLs) != 1 ||
		g.URLs[s.URL+"/v1"] != g.URL {
		t.Fatalf("%+v", g)
	}
	for _, key := range g.Keys {
		for range 3 {
			if out := tool(t, "", "curl", "-sS", "-u", "me:"+key, g.URL+"/orders"); out != "/v1/orders" {
				t.Error(out)
			}
		}
	}
	k.mu.Lock()
	times := k.times
	k.mu.Unlock()
	if times > 2 { // the six requests took less than ten seconds
		t.Errorf("the agent was asked %d times", times)
	}
	if out := tool(t, "", "curl", "-sS", "-o", os.DevNull, "-w", "%{http_code}", g.URL+"/orders"); out != "401" {
		t.Error(out)
	}
	end(t, cmd)
}

// Each base URL has a URL of its own: the second on the port after the one that --listen names.
func TestGatewayToSeveralBaseURLs(t *testing.T) {
	needs(t, "curl")
	k := home(t)
	api := func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, r.URL.Path) }
	one, two := newSite(t, http.HandlerFunc(api)), newSite(t, http.HandlerFunc(api))
	bases := []string{one.URL + "/planning/v1", two.URL + "/vehicle/v1"}
	allow(k, bases[0]+"/", bases[0], bases[1])

	g, cmd := startGateway(t)
	if g.URL != g.URLs[bases[0]] || len(g.URLs) != 2 || g.URLs[bases[1]] == g.URL {
		t.Fatalf("%+v", g)
	}
	for base, url := range g.URLs {
		out := tool(t, "", "curl", "-sS", "-u", "me:"+g.Keys["default"], url+"/ping")
		if want := strings.TrimPrefix(base, "https://") + "/ping"; out != want {
			t.Errorf("%s, not %s", out, want)
		}
	}
	end(t, cmd)

	first, second := portsInARow(t)
	lines, cmd := gatewayProcess(t, "--listen", first)
	for _, want := range []string{
		"url  http://" + first + "  " + bases[0], "url  http://" + second + "  " + bases[1], "key  ",
	} {
		line, err := lines.ReadString('\n')
		if err != nil || strings.TrimSuffix(line, "\n") != want && (want != "key  " || len(line) != 5+43+1) {
			t.Errorf("%q, not %q (%v)", line, want, err)
		}
	}
	// The address is the second of the one that runs, and the first of this one.
	_, refused, err := try(t, "", "keyfob", "gateway", "acme", "--listen", second)
	if exitOf(err) == 0 || !strings.Contains(refused, second) || !strings.Contains(refused, "--listen") {
		t.Errorf("a port that is taken: %s", refused)
	}
	end(t, cmd)

	taken, err := net.Listen("tcp", second)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	printed, refused, err := try(t, "", "keyfob", "gateway", "acme", "--listen", first)
	if exitOf(err) == 0 || printed != "" || !strings.Contains(refused, second) || strings.Contains(refused, first) {
		t.Errorf("the second port is taken: %q, %s", printed, refused)
	}
}

// With one base URL it is not said where the URL leads.
func TestGatewayPrintsItsURLAndKey(t *testing.T) {
	k := home(t)
	allow(k, "https://api.acme.example/")
	first, _ := portsInARow(t)
	lines, cmd := gatewayProcess(t, "--listen", first)
	if line, err := lines.ReadString('\n'); line != "url  http://"+first+"\n" || err != nil {
		t.Errorf("%q, %v", line, err)
	}
	end(t, cmd)
}

// portsInARow are two addresses of this computer that are free.
func portsInARow(t *testing.T) (first, second string) {
	t.Helper()
	for port := 30000; port < 32000; port += 2 {
		first, second = fmt.Sprintf("127.0.0.1:%d", port), fmt.Sprintf("127.0.0.1:%d", port+1)
		if isFree(first) && isFree(second) {
			return first, second
		}
	}
	t.Fatal("there are none")
	return "", ""
}

func isFree(address string) bool {
	l, err := net.Listen("tcp", address)
	if err == nil {
		l.Close()
	}
	return err == nil
}

// A profile that took the place of another does not get its tokens sent to where that one's went.
func TestAGatewayEndsWithItsProfile(t *testing.T) {
	k := home(t)
	p, err := k.Profile(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	tokens := &agentSource{profile: &p}
	a, err := tokens.Token(t.Context(), "acme", 0)
	if err != nil || a.Token.Reveal() != canary {
		t.Fatal(err)
	}
	b, err := tokens.TokenInsteadOf(t.Context(), "acme", account.Fingerprint(a.Token), 0)
	if err != nil || !b.Token.Equal(a.Token) {
		t.Error(err)
	}
	allow(k, "https://elsewhere.example/")
	if a, err = tokens.Token(t.Context(), "acme", 0); fault.CodeOf(err) != fault.BadUsage || !a.Token.Empty() {
		t.Error(err)
	}
	if _, err = tokens.TokenInsteadOf(t.Context(), "acme", [32]byte{}, 0); fault.CodeOf(err) != fault.BadUsage {
		t.Error(err)
	}
	tokens.client.Close()
}

func TestGatewayRefusals(t *testing.T) {
	k := home(t)
	for args, want := range map[string]string{
		"out":                            "names no address of an API",
		"acme --listen 0.0.0.0:0":        "on this computer only",
		"acme --listen localhost:0":      "on this computer only",
		"acme --client a/b":              "a client's name has no spaces",
		"acme --key-file " + os.DevNull:  "no file with keys",
		"nobody":                         "There is no account called nobody",
		"acme --key-file /proc/no/where": "could not write",
	} {
		allow(k, "https://api.acme.example")
		_, said, err := try(t, "", append([]string{"keyfob", "gateway"}, strings.Fields(args)...)...)
		if exitOf(err) == 0 || !strings.Contains(said, want) {
			t.Errorf("%s: %s", args, said)
		}
	}
}

// Each start makes new keys, for the clients of the file too, and a key of an earlier start opens nothing: while the
// gateway was down, whoever took its port was shown it.
func TestA77AnEarlierKeyOpensNothing(t *testing.T) {
	needs(t, "curl")
	k := home(t)
	s := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) }))
	allow(k, s.URL)
	path := filepath.Join(t.TempDir(), "keys")
	at, _ := portsInARow(t)
	status := func(key string) string {
		return tool(t, "", "curl", "-sS", "-o", os.DevNull, "-w", "%{http_code}", "-u", "me:"+key, "http://"+at+"/")
	}
	first, cmd := startGateway(t, "--listen", at, "--key-file", path, "--client", "excel")
	if got := status(first.Keys["excel"]); got != "200" {
		t.Fatal(got)
	}
	// A second one gets no port, and leaves the first its file.
	if _, said, err := try(t, "", "keyfob", "gateway", "acme", "--listen", at, "--key-file", path); exitOf(err) == 0 {
		t.Error(said)
	}
	if data, err := os.ReadFile(path); string(data) != "excel "+first.Keys["excel"]+"\n" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	end(t, cmd)
	second, cmd := startGateway(t, "--listen", at, "--key-file", path, "--client", "curl")
	if len(second.Keys) != 2 || second.Keys["excel"] == first.Keys["excel"] {
		t.Fatalf("%v, then %v", first.Keys, second.Keys)
	}
	for key, want := range map[string]string{first.Keys["excel"]: "401", second.Keys["excel"]: "200",
		second.Keys["curl"]: "200"} {
		if got := status(key); got != want {
			t.Errorf("%s, not %s", got, want)
		}
	}
	data, err := os.ReadFile(path)
	want := "excel " + second.Keys["excel"] + "\ncurl " + second.Keys["curl"] + "\n"
	if string(data) != want || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	end(t, cmd)
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	keys, err := keysFor([]string{"excel"}, path)
	if err != nil || len(keys.keys) != 1 || keys.write(path) != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	good, _ := os.ReadFile(path)
	for what, data := range map[string]string{
		"weak": "excel short\n", "no name": strings.Fields(string(good))[1] + "\n", "twice": string(good) + string(good),
	} {
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keysFor([]string{"x"}, path); fault.CodeOf(err) != fault.BadUsage {
			t.Errorf("%s: %v", what, err)
		}
		if left, _ := os.ReadFile(path); string(left) != data {
			t.Errorf("%s: the file was changed", what)
		}
	}
	_ = os.WriteFile(path, good, 0o600)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := keysFor(nil, path); fault.CodeOf(err) != fault.BadUsage {
		t.Errorf("others may read it: %v", err)
	}
}
