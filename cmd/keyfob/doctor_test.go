package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyfob/internal/doctor"
	"keyfob/internal/fault"
)

func TestFindingsOnATerminal(t *testing.T) {
	var out bytes.Buffer
	f := &findings{t: &terminal{out: &out, colour: true}}
	f.looking("keychain")
	f.found(&doctor.Check{Name: "keychain", State: doctor.Fail, Text: "Locked.", Next: "Unlock it.",
		Code: fault.KeychainLocked})
	f.looking("acme: its sign-in service \x1b[2J")
	f.found(&doctor.Check{Name: "tls", Profile: "acme", State: doctor.Fail, Text: "No.", Code: fault.Offline,
		Detail: "a cause"})
	f.found(&doctor.Check{Name: "clock", Profile: "acme", State: doctor.OK, Text: "Right."})
	want := "\r\x1b[K◌ keychain …" +
		"\r\x1b[K\x1b[31m✗ problem\x1b[0m  keychain   Locked. (keychain-locked)\n" +
		strings.Repeat(" ", 22) + "try: Unlock it.\n" +
		"\r\x1b[K◌ acme: its sign-in service …" +
		"\r\x1b[K\nacme\n\x1b[31m✗ problem\x1b[0m  tls        No. (offline: a cause)\n" +
		"\r\x1b[K\x1b[32m✓ ok     \x1b[0m  clock      Right.\n"
	if got := out.String(); got != want {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}

func TestEveryStateHasAMarkAndAWord(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range []doctor.State{doctor.OK, doctor.Warn, doctor.Fail, doctor.Skipped} {
		v := (&findings{t: &terminal{}}).verdict(s)
		if len([]rune(v)) != len("x problem") || seen[v] {
			t.Errorf("%s: %q", s, v)
		}
		seen[v] = true
	}
}

func TestABundleIsShownAndThenWritten(t *testing.T) {
	for said, written := range map[string]bool{"y\n": true, "n\n": false, "": false} {
		var out bytes.Buffer
		path := filepath.Join(t.TempDir(), "bundle.txt")
		e := &examination{bundle: path,
			t: &terminal{in: strings.NewReader(said), out: &out, err: io.Discard}}
		err := e.keepBundle(t.Context(), &doctor.Report{Version: "v9"})
		shown, question, _ := strings.Cut(out.String(), "Write all this to "+path+"? [y/N] ")
		text, failed := os.ReadFile(path)
		if (failed == nil) != written || (err == nil) != written || !strings.Contains(shown, "keyfob v9, ") {
			t.Errorf("%q: %v, %v\n%s", said, err, failed, shown)
		}
		if written && (shown != "\n"+string(text)+"\n" || !strings.HasPrefix(question, "Written")) {
			t.Errorf("it wrote %q\nand showed %q", text, shown)
		}
	}
}
