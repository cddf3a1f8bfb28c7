package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/localapi"
	"keyfob/internal/localapi/client"
	"keyfob/internal/profile"
)

// TestA40ImportReadsNoMoreThanAProfile: whatever it is pointed at, it ends with a plain error and has not taken more
// memory than a file of the allowed size needs.
func TestA40ImportReadsNoMoreThanAProfile(t *testing.T) {
	dir := t.TempDir()
	huge := filepath.Join(dir, "huge.json")
	if err := os.WriteFile(huge, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(huge, 1<<33); err != nil {
		t.Fatal(err)
	}
	sources := map[string]fault.Code{dir: fault.BadProfile, huge: fault.BadProfile, "-": fault.BadProfile}
	if runtime.GOOS != "windows" {
		sources["/dev/zero"], sources["/dev/null"] = fault.BadProfile, fault.BadProfile
	}
	for source, want := range sources {
		i := &importer{t: &terminal{in: &endless{}, out: io.Discard, err: io.Discard}}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := i.readProfile(source)
		runtime.ReadMemStats(&after)
		if fault.CodeOf(err) != want {
			t.Errorf("%s: %v", source, err)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 8*profile.MaxBytes {
			t.Errorf("%s: took %d KB", source, taken>>10)
		}
	}
}

// endless is an input that would go on if it were let; who takes a hundred times too much gets no more.
type endless struct{ given int }

func (e *endless) Read(p []byte) (int, error) {
	if e.given += len(p); e.given > 100*profile.MaxBytes {
		return 0, io.EOF
	}
	return len(p), nil
}

// TestA40A45TheAgentStoresOnlyAProfile: the local API takes a file from any program, so the agent checks it as the
// command does.
func TestA40A45TheAgentStoresOnlyAProfile(t *testing.T) {
	k := newFakeKeeper()
	defer k.provider.Close()
	client := serve(t, k)
	const good = `{"keyfob_profile": 1, "id": "x", "client_id": "abc", "issuer": "https://x.example/"%s}`
	for name, c := range map[string]struct {
		file string
		want fault.Code
	}{
		"nothing":      {"", fault.BadProfile},
		"not JSON":     {"<html>", fault.BadProfile},
		"a BOM":        {"\xef\xbb\xbf" + fmt.Sprintf(good, ""), fault.BadProfile},
		"a duplicate":  {fmt.Sprintf(good, `, "id": "y"`), fault.BadProfile},
		"depth":        {fmt.Sprintf(good, `, "x": `+strings.Repeat("[", 1000)+strings.Repeat("]", 1000)), fault.BadProfile},
		"version 2":    {strings.Replace(fmt.Sprintf(good, ""), "1", "2", 1), fault.BadProfile},
		"a bad id":     {strings.Replace(fmt.Sprintf(good, ""), `"x"`, `"../x"`, 1), fault.BadProfile},
		"a user name":  {strings.Replace(fmt.Sprintf(good, ""), "//x.", "//a@x.", 1), fault.BadProfile},
		"a homograph":  {strings.Replace(fmt.Sprintf(good, ""), "//x.", "//х.", 1), fault.BadProfile},
		"a secret":     {fmt.Sprintf(good, `, "client_secret": "canary"`), fault.ProfileSecret},
		"a deep token": {fmt.Sprintf(good, `, "api": {"x": ["eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOjF9."]}`), fault.ProfileSecret},
	} {
		err := client.Import(t.Context(), []byte(c.file), true)
		if fault.CodeOf(err) != c.want || strings.Contains(fmt.Sprintf("%+v", fault.Of(err)), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := client.Import(t.Context(), make([]byte, 64*profile.MaxBytes), true); err == nil {
		t.Error("16 MB were taken")
	}
	if len(k.profiles) != 3 {
		t.Errorf("stored: %v", k.profiles)
	}
}

// serve gives a client of a real agent over k.
func serve(t *testing.T, k *fakeKeeper) *client.Client {
	t.Helper()
	socket := filepath.Join(shortDir(t), "agent.sock")
	listener, err := localapi.Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	server := localapi.NewServer(localapi.Options{Keeper: k, Hub: k, Agent: k.Snapshot().Agent, Stop: cancel,
		Access: newAccess(filepath.Dir(socket)), Gateways: noGateways{}})
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener) }()
	client := client.New(socket)
	t.Cleanup(func() {
		client.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return client
}

// TestA65WhatALibraryQuotesIsNotPrinted: an API sends more than its answer, which net/http would put into its log with
// the bytes that came.
func TestA65WhatALibraryQuotesIsNotPrinted(t *testing.T) {
	needs(t, "curl")
	allow(home(t), "http://"+talkative(t)+"/v1")
	cmd := exec.CommandContext(t.Context(), "keyfob", "gateway", "acme", "--json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said struct {
		URL  string
		Keys map[string]string
	}
	if err := json.NewDecoder(out).Decode(&said); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second goes out when what came behind the first has been seen
		got := tool(t, "", "curl", "-sS", "-u", "me:"+said.Keys["default"], said.URL+"/orders")
		if got != "ok" {
			t.Errorf("%q", got)
		}
	}
	if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
		t.Error(err)
	}
	if stderr.Len() > 0 {
		t.Errorf("printed: %s", &stderr)
	}
}

// talkative is where an API listens that answers once on a connection, and goes on. It takes the next one when whoever
// asked has hung up.
func talkative(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"+canary)
			_, _ = io.Copy(io.Discard, conn)
			conn.Close()
		}
	}()
	return l.Addr().String()
}
