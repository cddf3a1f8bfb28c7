package storage

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"keyfob/internal/fault"
)

// keepassWindow is what xdotool tells of a KeePassXC that asks nothing.
const keepassWindow = "Passwords - KeePassXC"

// windows returns the names of all windows that a person sees, without the star of a file that is being saved.
func windows(t testing.TB) string {
	t.Helper()
	return strings.ReplaceAll(xdotool(t, "search", "--onlyvisible", "--name", ".", "getwindowname", "%@"), "*", "")
}

// TestF40KeePassXCIsAskedOnce: it judges by connection. What is saved and renewed asks nobody; the next start asks
// once, for all that it reads, and only where a person is there; and from then on nobody is asked again.
func TestF40KeePassXCIsAskedOnce(t *testing.T) {
	startKeePass(t, keepassBase)
	k := ourKeychain(t)
	renewed := func(keys ...string) {
		t.Helper()
		for _, key := range keys {
			mustSave(t, k, key, "of the sign-in")
			mustSave(t, k, key, "of "+key)
			wantData(t, k, key, "of "+key)
		}
		mustSave(t, k, "session/left", "x")
		if err := k.Delete(t.Context(), "session/left"); err != nil {
			t.Error(err)
		}
		if asks, err := k.Trial(t.Context()); err != nil || !asks {
			t.Errorf("the trial tells %v, %v", asks, err)
		}
		if seen := windows(t); seen != keepassWindow {
			t.Errorf("a person was asked: %s", seen)
		}
	}
	wantAbsent(t, k, "session/a")
	renewed("session/a", "session/b")

	k.Close() // the next start
	_, err := k.Load(t.Context(), "session/a")
	wantFault(t, err, fault.KeychainLocked)
	if reason := fault.Of(err).Reason; reason != fault.KeychainAsks {
		t.Errorf("the reason is %q", reason)
	}
	if seen := windows(t); seen != keepassWindow {
		t.Errorf("a person was asked by what runs in the background: %s", seen)
	}
	read := make(chan map[string][]byte, 1)
	go func() {
		found, err := k.LoadMany(Interactive(t.Context()), []string{"session/b", "session/a", "session/a/next"})
		if err != nil {
			t.Error(err)
		}
		read <- found
	}()
	question := xdotool(t, "search", "--sync", "--onlyvisible", "--name", "Access Request")
	xdotool(t, "windowfocus", "--sync", question, "key", "Return") // allow
	if found := <-read; string(found["session/a"]) != "of session/a" || string(found["session/b"]) != "of session/b" {
		t.Fatalf("it read %q", found)
	}
	renewed("session/a", "session/b", "session/c")
}

// TestF43KeePassXCWithoutAGroup: it runs, and nobody has told it what the Secret Service may use.
func TestF43KeePassXCWithoutAGroup(t *testing.T) {
	startKeePass(t, keepassNoGroup)
	k := ourKeychain(t)
	wantEverywhere(t, k, fault.KeychainMissing)
	if reason := fault.Of(k.Probe(Interactive(t.Context()))).Reason; reason != fault.KeychainNoCollection {
		t.Errorf("the reason is %q", reason)
	}
	if seen := windows(t); seen != keepassWindow {
		t.Errorf("a person was asked: %s", seen)
	}
}

// TestF12F40ALockedKeePassXC: nobody is asked by what runs in the background; one password opens all for a person.
func TestF12F40ALockedKeePassXC(t *testing.T) {
	startKeePass(t, keepassBase)
	k := ourKeychain(t)
	mustSave(t, k, "session/a", "kept")
	locking := exec.Command("keepassxc", "--config", filepath.Join(os.Getenv("HOME"), "keepassxc.ini"), "--lock")
	if output, err := locking.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	xdotool(t, "search", "--sync", "--onlyvisible", "--name", "Locked")
	locked := windows(t)
	wantEverywhere(t, k, fault.KeychainLocked)
	if seen := windows(t); seen != locked {
		t.Errorf("a person was asked: %s", seen)
	}
	read := make(chan error, 1)
	go func() {
		data, err := k.Load(Interactive(t.Context()), "session/a")
		if string(data) != "kept" {
			t.Errorf("it read %q", data)
		}
		read <- err
	}()
	question := xdotool(t, "search", "--sync", "--onlyvisible", "--name", "Unlock Database")
	xdotool(t, "windowfocus", "--sync", question, "type", "password")
	xdotool(t, "key", "Return")
	if err := <-read; err != nil {
		t.Error(err)
	}
	mustSave(t, k, "session/a", "renewed")
	if seen := windows(t); seen != keepassWindow {
		t.Errorf("a person was asked: %s", seen)
	}
}
