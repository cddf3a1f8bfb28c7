package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"keyfob/internal/fault"
)

// startGateway starts keyfob gateway acme and returns what it printed first.
func startGateway(t *testing.T, args ...string) (url string, keys map[string]string, cmd *exec.Cmd) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), "keyfob", append([]string{"gateway", "acme", "--json"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said struct {
		URL  string
		Keys map[string]string
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil || json.Unmarshal(line, &said) != nil {
		t.Fatalf("%s (%v)", line, err)
	}
	return said.URL, said.Keys, cmd
}

func TestGateway(t *testing.T) {
	needs(t, "curl")
	k := home(t)
	s := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) }))
	allow(k, s.URL+"/v1")
	url, keys, cmd := startGateway(t, "--client", "excel", "--client", "curl")
	if len(keys) != 2 || !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Fatal(url, keys)
	}
	for _, key := range keys {
		for range 3 {
			if out := tool(t, "", "curl", "-sS", "-u", "me:"+key, url+"/orders"); out != "/v1/orders" {
				t.Error(out)
			}
		}
	}
	k.mu.Lock()
	times := k.times
	k.mu.Unlock()
	if times > 2 { // the six requests took less than ten seconds
		t.Errorf("the resident was asked %d times", times)
	}
	if out := tool(t, "", "curl", "-sS", "-o", os.DevNull, "-w", "%{http_code}", url+"/orders"); out != "401" {
		t.Error(out)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// A profile that took the place of another does not get its tokens sent to where that one's went.
func TestAGatewayEndsWithItsProfile(t *testing.T) {
	k := home(t)
	p, err := k.Profile("acme")
	if err != nil {
		t.Fatal(err)
	}
	tokens := &residentTokens{id: "acme", profile: &p}
	a, err := tokens.Token(t.Context(), 0)
	if err != nil || a.Token.Reveal() != canary {
		t.Fatal(err)
	}
	if b, err := tokens.Instead(t.Context(), a); err != nil || !b.Token.Equal(a.Token) {
		t.Error(err)
	}
	allow(k, "https://elsewhere.example/")
	if a, err = tokens.Token(t.Context(), 0); fault.CodeOf(err) != fault.BadUsage || !a.Token.Empty() {
		t.Error(err)
	}
	if _, err = tokens.Instead(t.Context(), a); fault.CodeOf(err) != fault.BadUsage {
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

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys")
	first, err := keysFor([]string{"excel"}, path)
	if err != nil || len(first.keys) != 1 {
		t.Fatal(err)
	}
	both, err := keysFor([]string{"excel", "curl"}, path)
	if err != nil || len(both.keys) != 2 || both.keys[0] != first.keys[0] || !both.texts[0].Equal(first.texts[0]) {
		t.Fatal(err)
	}
	if again, err := keysFor(nil, path); err != nil || len(again.keys) != 2 || again.keys[1] != both.keys[1] {
		t.Error(err)
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
