package localapi

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
)

// aBlock is a fenced block of docs/agent-api.md: its language and its text.
var aBlock = regexp.MustCompile("(?s)```(sh|json|text)\n(.*?)```")

// TestThePageForToolsIsTrue runs each line of docs/agent-api.md with the real curl, and holds what it prints against
// the example below it: the same members of the same types, the same events.
func TestThePageForToolsIsTrue(t *testing.T) {
	for _, tool := range []string{"curl", "sh"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	page, err := os.ReadFile("../../docs/agent-api.md")
	if err != nil {
		t.Fatal(err)
	}
	good := runtimeFolder(t, pageKeeper())
	mistaken := pageKeeper()
	mistaken.err = fault.New(fault.ProfileUnknown, "id", "rythm", "known", "rhythm", "nearest", "rhythm")
	bad := runtimeFolder(t, mistaken)

	blocks := aBlock.FindAllStringSubmatch(string(page), -1)
	ran := 0
	for i, b := range blocks {
		if b[1] != "sh" {
			continue
		}
		ran++
		folder := good
		if strings.Contains(b[2], "rythm") {
			folder = bad
		}
		example := ""
		if i+1 < len(blocks) && blocks[i+1][1] != "sh" {
			example = blocks[i+1][2]
		}
		compare(t, b[2], example, run(t, folder, b[2], strings.Count(example, "event: ")))
	}
	if ran < 10 {
		t.Errorf("%d lines were found", ran)
	}
}

// runtimeFolder is a folder in which a server for that Keeper listens where tools look for it.
func runtimeFolder(t *testing.T, k *fakeKeeper) string {
	t.Helper()
	folder := filepath.Dir(socketPath(t))
	if err := os.Mkdir(filepath.Join(folder, "keyfob"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, stop := serveAt(t, filepath.Join(folder, "keyfob", "agent.sock"), able(k))
	t.Cleanup(stop)
	return folder
}

// pageKeeper is the agent that the page tells of.
func pageKeeper() *fakeKeeper {
	k := newFakeKeeper()
	k.snapshot = account.Snapshot{
		Seq: 12, Raise: 1, Keychain: account.Keychain{State: account.KeychainReady},
		Agent: servesHere,
		Accounts: []account.Account{{
			ID: "rhythm", Name: "Rhythm", Issuer: "https://login.rhythm.example/", Host: "login.rhythm.example",
			Who:    &account.Person{Subject: "auth0|5f7c", Name: "Jane Doe", Email: "jane@rhythm.example"},
			Status: account.SignedIn, Until: inAnHour, RenewsBy: inAnHour, Renews: true, Saved: true,
			Actions: []account.Action{account.ActSignOut, account.ActCopyCallbacks},
		}},
	}
	k.report = account.SignOutReport{Revoked: true, Deleted: true, ValidUntil: inAnHour}
	k.signIn = func(_ context.Context, open func(account.Attempt) error) error { return open(attempt) }
	return k
}

// run runs the line, and returns what it prints. Of a stream it takes as many events as are wanted.
func run(t *testing.T, folder, line string, events int) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	cmd := exec.CommandContext(ctx, "sh", "-c", "exec "+line)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "XDG_RUNTIME_DIR=" + folder}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if events == 0 {
		said, _ := io.ReadAll(out)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s%v", line, err)
		}
		return string(said)
	}
	var said strings.Builder
	for lines := bufio.NewScanner(out); events > 0 && lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if lines.Text() == "" {
			events--
		}
	}
	stop()
	_ = cmd.Wait()
	return said.String()
}

// compare holds what a line printed against its example.
func compare(t *testing.T, line, example, said string) {
	t.Helper()
	if strings.Contains(said, `"error"`) != strings.Contains(example, `"error"`) {
		t.Errorf("%sprints %s", line, said)
	}
	if !strings.Contains(example, "event: ") {
		if got, want := shape(t, said), shape(t, example); example != "" && !slices.Equal(got, want) {
			t.Errorf("%sprints %q, but the example is %q", line, got, want)
		}
		return
	}
	got, want := newEventReader(strings.NewReader(said)), newEventReader(strings.NewReader(example))
	for {
		name, data, err := want.next()
		if err != nil {
			return
		}
		saidName, saidData, err := got.next()
		if err != nil || saidName != name {
			t.Errorf("%sprints the event %q (%v), but the example has %q", line, saidName, err, name)
			return
		}
		if text := string(data); text != "{…}" && !slices.Equal(shape(t, string(saidData)), shape(t, text)) {
			t.Errorf("%sprints %s, but the example is %s", line, saidData, text)
		}
	}
}

// shape lists the members of a JSON text and their types.
func shape(t *testing.T, text string) (members []string) {
	t.Helper()
	if text == "" {
		return nil
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("%v in %q", err, text)
	}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case object:
			for name, member := range v {
				walk(at+"."+name, member)
			}
		case []any:
			for _, member := range v {
				walk(at+"[]", member)
			}
		default:
			members = append(members, fmt.Sprintf("%s %T", at, v))
		}
	}
	walk("", v)
	slices.Sort(members)
	return slices.Compact(members)
}

// TestThePageForToolsHasTheLimits as they are.
func TestThePageForToolsHasTheLimits(t *testing.T) {
	page, err := os.ReadFile("../../docs/agent-api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, limit := range []string{
		fmt.Sprintf("| connections at a time | %d;", maxConns),
		fmt.Sprintf("| %d KB, within %d seconds |", wire.HeaderBytes>>10, int(headerLimit.Seconds())),
		fmt.Sprintf("| %d KB (%d KB for who may have tokens, %d KB for a profile file), within %d seconds,",
			bodyBytes>>10, policyBytes>>10, profileBytes>>10, int(bodyLimit.Seconds())),
		fmt.Sprintf("| a call | %d minutes;", int(callLimit.Minutes())),
		fmt.Sprintf("| streams | %d; an event that is not read within %d seconds", maxStreams, int(streamWrite.Seconds())),
		"| `min_ttl` | a day |",
	} {
		if !strings.Contains(string(page), limit) {
			t.Errorf("docs/agent-api.md does not say %q", limit)
		}
	}
	if wire.MaxTTL.Hours() != 24 || idleLimit.Minutes() != 1 {
		t.Error("docs/agent-api.md says a day for min_ttl, and a minute for a connection without a request")
	}
}
