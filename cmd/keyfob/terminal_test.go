package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/words"
)

func TestEveryToneHasAMark(t *testing.T) {
	plain, coloured := &terminal{}, &terminal{colour: true}
	seen := map[string]bool{}
	for tone := words.Quiet; tone <= words.Needed; tone++ {
		mark := plain.mark(tone)
		if mark == "" || seen[mark] {
			t.Errorf("tone %d has the mark %q", tone, mark)
		}
		seen[mark] = true
		if c := coloured.mark(tone); !strings.HasPrefix(c, "\x1b[") || !strings.HasSuffix(c, mark+"\x1b[0m") {
			t.Errorf("tone %d is coloured as %q", tone, c)
		}
	}
}

func TestAFileIsNotColourful(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if showsColour(f) {
		t.Error("colours would be written into a file")
	}
}

func TestOnlyYesIsAYes(t *testing.T) {
	for said, want := range map[string]bool{
		"y\n": true, "Y\n": true, "yes\n": true, " YES \r\n": true, "yes": true,
		"": false, "\n": false, "n\n": false, "yep\n": false, "\ny\n": false,
	} {
		screen := &terminal{in: strings.NewReader(said), out: io.Discard}
		err := screen.confirm(t.Context(), "Sure?", fault.New(fault.Unconfirmed))
		if (err == nil) != want || err != nil && fault.CodeOf(err) != fault.Unconfirmed {
			t.Errorf("%q: %v", said, err)
		}
	}
}

func TestAQuestionEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, typing := io.Pipe()
	defer typing.Close()
	cancel()
	screen := &terminal{in: in, out: io.Discard, err: io.Discard}
	if err := screen.confirm(ctx, "Sure?", fault.New(fault.Unconfirmed)); fault.CodeOf(err) != fault.Unconfirmed {
		t.Error(err)
	}
	d := &draft{t: screen}
	err := d.fillOne(ctx, bufio.NewReader(in), profile.Blank{})
	if f := fault.Of(err); f == nil || f.Code != fault.Unconfirmed || len(f.Args) > 0 { // there is no yes to it
		t.Errorf("%+v", f)
	}
}

func TestReportKeepsToItsForm(t *testing.T) {
	var out bytes.Buffer
	screen := &terminal{err: &out}
	screen.report(nil)
	if out.Len() > 0 {
		t.Error("nothing went wrong, and it says so")
	}
	screen.report(fault.New(fault.BadProfile, "problems", "id: one\nissuer: two").Because(errors.New("a cause")))
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	want := []string{"keyfob: ", "    id: one", "    issuer: two", "  try: ", "  code: bad-profile (a cause)"}
	if len(lines) != len(want) {
		t.Fatalf("%q", lines)
	}
	for i, w := range want {
		if !strings.HasPrefix(lines[i], w) {
			t.Errorf("line %d is %q, want %q…", i+1, lines[i], w)
		}
	}
}

func TestExitCodesOfErrorsThatNobodyTyped(t *testing.T) {
	for err, want := range map[error]int{
		nil:                                  exitDone,
		io.EOF:                               exitFailed,
		context.Canceled:                     exitFailed,
		fault.New(fault.SignInTimeout):       exitFailed,
		fault.New(fault.SocketUnsafe):        exitNoAgent,
		fault.New(fault.SocketTooLong):       exitNoAgent,
		fault.New(fault.Code("from-future")): exitFailed,
	} {
		if got := exitCode(err); got != want {
			t.Errorf("%v: exit code %d, want %d", err, got, want)
		}
	}
	if got := exitCode(fmt.Errorf("wrapped: %w", fault.New(fault.Offline))); got != exitUnavailable {
		t.Errorf("wrapped: exit code %d", got)
	}
}

func TestKeychainTextForEachState(t *testing.T) {
	for state, want := range map[account.KeychainState]string{
		account.KeychainReady: "ready", account.KeychainChecking: "does not answer", account.KeychainMemoryOnly: "memory",
		account.KeychainUnusable: "not usable",
	} {
		if got := keychainText(account.Keychain{State: state}); !strings.Contains(got, want) {
			t.Errorf("%s: %q", state, got)
		}
	}
	locked := account.Keychain{State: account.KeychainUnusable, Problem: fault.New(fault.KeychainLocked)}
	if got := keychainText(locked); got != "Your keychain is locked." {
		t.Errorf("%q", got)
	}
}

func TestNobodySitsAtTheNullDevice(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if isTerminal(null) || isTerminal(strings.NewReader("y\n")) {
		t.Error("a person is seen where there is none")
	}
}
