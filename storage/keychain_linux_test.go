package storage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"keyfob/internal/fault"
)

func mustSave(t testing.TB, k *Keychain, key, data string) {
	t.Helper()
	if err := k.Save(t.Context(), key, []byte(data)); err != nil {
		t.Fatal(err)
	}
}

func wantData(t testing.TB, k *Keychain, key, want string) {
	t.Helper()
	if got, err := k.Load(t.Context(), key); err != nil || string(got) != want {
		t.Fatalf("got %.100q, %v, want %.100q", got, err, want)
	}
}

func wantAbsent(t testing.TB, k *Keychain, key string) {
	t.Helper()
	if got, err := k.Load(t.Context(), key); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %.100q, %v, want fs.ErrNotExist", got, err)
	}
}

func TestKeychainRoundTrip(t *testing.T) {
	k, _ := newKeyring(t)
	wantAbsent(t, k, "session/a")
	mustSave(t, k, "session/a", "first")
	mustSave(t, k, "session/b", "another")
	mustSave(t, k, "session/a", "second")
	wantData(t, k, "session/a", "second")
	if got := secretTool(t, "lookup", "service", "keyfob", "username", "session/a"); got != "second" {
		t.Fatalf("another program reads %q", got)
	}
	if err := k.Delete(t.Context(), "session/a"); err != nil {
		t.Fatal(err)
	}
	wantAbsent(t, k, "session/a")
	if err := k.Delete(t.Context(), "session/a"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v, want fs.ErrNotExist", err)
	}
	wantData(t, k, "session/b", "another")
}

func TestF15SizesUpToTheLimit(t *testing.T) {
	k, _ := newKeyring(t)
	limit := sizeLimit("big")
	mustSave(t, k, "big", strings.Repeat("x", limit))
	wantData(t, k, "big", strings.Repeat("x", limit))

	err := k.Save(t.Context(), "big", bytes.Repeat([]byte("y"), limit+1))
	wantFault(t, err, fault.SecretTooLarge)
	want := fmt.Sprint(map[string]string{"bytes": "65537", "limit": "65536"})
	if got := fmt.Sprint(fault.Of(err).Args); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	nobody := NewKeychain([]string{"/nonexistent"})
	wantFault(t, nobody.Save(t.Context(), "big", make([]byte, limit+1)), fault.SecretTooLarge)
	wantData(t, k, "big", strings.Repeat("x", limit))
}

func TestKeychainKeepsAnyBytes(t *testing.T) {
	k, _ := newKeyring(t)
	for _, data := range []string{"", "\n line \n", "ünï ☃", "\x00\x01\xff\xfe"} {
		err := k.Save(t.Context(), "bytes", []byte(data))
		if err != nil {
			t.Errorf("%q: %v", data, err)
			continue
		}
		wantData(t, k, "bytes", data)
	}
}

func TestKeysThatCouldBeAbusedAreRefused(t *testing.T) {
	k := NewKeychain([]string{"/nonexistent"})
	for _, key := range []string{"", "-w", "a:b", "a b", "a'b", "a\nb", "A", strings.Repeat("k", 129)} {
		_, err := k.Load(t.Context(), key)
		wantFault(t, err, fault.KeychainFailed)
		if !strings.Contains(fault.Of(err).Detail, "cannot be a key") {
			t.Errorf("%q got as far as: %v", key, err)
		}
	}
}

func TestProbeLeavesNothing(t *testing.T) {
	k, _ := newKeyring(t)
	mustSave(t, k, "session/a", "kept")
	for range 3 {
		if err := k.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	found := secretTool(t, "search", "--all", "service", "keyfob")
	if strings.Count(found, "secret = ") != 1 || !strings.Contains(found, "secret = kept") {
		t.Fatalf("the keychain now holds:\n%s", found)
	}
}

// TestClearForgetsEverythingOfOurs: also what no account knows any more, and nothing of anybody else's.
func TestClearForgetsEverythingOfOurs(t *testing.T) {
	k, _ := newKeyring(t)
	if err := k.Clear(t.Context()); err != nil {
		t.Fatal("nothing to clear:", err)
	}
	for _, key := range []string{"session/a", "session/a/next", "session/of-a-profile-that-is-gone", "probe/left"} {
		mustSave(t, k, key, "kept")
	}
	secretTool(t, "store", "--label", "theirs", "service", "other", "username", "session/a")
	if err := k.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := secretTool(t, "search", "--all", "username", "session/a"); strings.Count(found, "secret = ") != 1 {
		t.Errorf("left of others: %s", found)
	}
	for _, key := range []string{"session/a", "session/a/next", "session/of-a-profile-that-is-gone", "probe/left"} {
		wantAbsent(t, k, key)
	}
}

func everyOperation(ctx context.Context, k *Keychain) map[string]error {
	_, load := k.Load(ctx, "session/a")
	return map[string]error{
		"load":   load,
		"save":   k.Save(ctx, "session/a", []byte("new")),
		"delete": k.Delete(ctx, "session/a"),
		"probe":  k.Probe(ctx),
		"clear":  k.Clear(ctx),
	}
}

func wantEverywhere(t *testing.T, k *Keychain, want fault.Code) {
	t.Helper()
	for name, err := range everyOperation(t.Context(), k) {
		if got := fault.CodeOf(err); got != want {
			t.Errorf("%s: got %q (%v), want %q", name, got, err, want)
		}
	}
}

func TestF12LockedKeychainAnswersAtOnce(t *testing.T) {
	k, _ := newKeyring(t)
	mustSave(t, k, "session/a", "old")
	lock(t)
	wantEverywhere(t, k, fault.KeychainLocked)
}

// No prompter runs on the private bus, so that the prompt cannot be shown: the answer is "no", not a success.
func TestF13PromptThatCannotBeShown(t *testing.T) {
	k, _ := newKeyring(t)
	mustSave(t, k, "session/a", "old")
	lock(t)
	for name, err := range everyOperation(Interactive(t.Context()), k) {
		if got := fault.CodeOf(err); got != fault.KeychainDenied {
			t.Errorf("%s: got %q (%v)", name, got, err)
		}
	}
}

func TestF14NoBusStartsNone(t *testing.T) {
	for name, address := range map[string]string{
		"unset": "", "autolaunch": "autolaunch:", "dead": "unix:path=/nonexistent/bus", "nonsense": "nonsense"} {
		t.Run(name, func(t *testing.T) {
			dir := privateHome(t)
			t.Setenv(busVariable, address)
			launched := trapDBusLaunch(t, dir)
			mark := markProcesses(t)
			k := ourKeychain(t)
			wantEverywhere(t, k, fault.KeychainMissing)
			k.Close()
			if launched() {
				t.Error("dbus-launch was called")
			}
			if left := mark(); len(left) > 0 {
				t.Errorf("processes left behind: %v", left)
			}
		})
	}
}

// The trap of the test above must work, or it proves nothing: the D-Bus library starts a bus where it finds none.
func TestTheLibraryWouldHaveStartedABus(t *testing.T) {
	dir := privateHome(t)
	launched := trapDBusLaunch(t, dir)
	cmd := self("any-bus", "")
	_ = cmd.Run()
	if !launched() {
		t.Fatal("dbus-launch was not called")
	}
}

func TestF14BusWithoutSecretService(t *testing.T) {
	startBus(t, shortDir(t))
	wantEverywhere(t, ourKeychain(t), fault.KeychainMissing)
}

// activatable makes a bus that can start a Secret Service by a command.
func activatable(t *testing.T, command string) {
	t.Helper()
	services := shortDir(t)
	entry := "[D-BUS Service]\nName=" + secretsName + "\nExec=" + command + "\n"
	if err := os.WriteFile(filepath.Join(services, secretsName+".service"), []byte(entry), 0o600); err != nil {
		t.Fatal(err)
	}
	startBus(t, services)
}

func TestF14ServiceThatCannotBeStarted(t *testing.T) {
	activatable(t, "/nonexistent")
	for name, err := range everyOperation(Interactive(t.Context()), ourKeychain(t)) {
		if fault.CodeOf(err) != fault.KeychainMissing {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestF14BackgroundWorkStartsNoService: only what a person asked for may.
func TestF14BackgroundWorkStartsNoService(t *testing.T) {
	dir := shortDir(t)
	started, script := filepath.Join(dir, "started"), filepath.Join(dir, "service")
	if err := os.WriteFile(script, []byte(": >"+started+"\nexit 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	activatable(t, "/bin/sh "+script)
	k := ourKeychain(t)
	wantEverywhere(t, k, fault.KeychainMissing)
	if reason := fault.Of(k.Probe(t.Context())).Reason; reason != fault.KeychainNotStarted {
		t.Errorf("the reason is %q", reason)
	}
	if _, err := os.Stat(started); err == nil {
		t.Error("the service was started")
	}
	wantFault(t, k.Probe(Interactive(t.Context())), fault.KeychainMissing)
	if _, err := os.Stat(started); err != nil {
		t.Error("a person's wish did not start it, so that the test proves nothing:", err)
	}
}

func TestBusIsFoundWhereSystemdPutsIt(t *testing.T) {
	k, _ := newKeyring(t)
	t.Setenv(busVariable, "")
	mustSave(t, k, "session/a", "found")
	t.Setenv(busVariable, "autolaunch:")
	wantData(t, k, "session/a", "found")
}

func TestF48ABusThatHasGoneIsNotBelievedWhereThereIsAGoodOne(t *testing.T) {
	k, _ := newKeyring(t)
	good := os.Getenv(busVariable)
	mustSave(t, k, "session/a", "found")
	gone := "unix:path=" + filepath.Join(shortDir(t), "bus")
	for _, address := range []string{"disabled:", gone, "nonsense", gone + ";disabled:"} {
		t.Setenv(busVariable, address)
		wantData(t, k, "session/a", "found")
		UseSessionBus()
		if conn, err := dbus.Connect(os.Getenv(busVariable)); err != nil {
			t.Errorf("%s: %v", address, err)
		} else {
			_ = conn.Close()
		}
	}
	// One that is good is used, whatever else there is.
	another := filepath.Join(shortDir(t), "linked")
	if err := os.Symlink(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus"), another); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{good, "unix:path=" + another, "tcp:host=127.0.0.1,port=1"} {
		t.Setenv(busVariable, address)
		if UseSessionBus(); os.Getenv(busVariable) != address {
			t.Errorf("%s became %s", address, os.Getenv(busVariable))
		}
	}
}

func TestF16HangingKeychainEndsAtTheDeadline(t *testing.T) {
	k, daemon := newKeyring(t)
	mustSave(t, k, "session/a", "old")
	if err := daemon.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	mark := markProcesses(t)
	k.ordinary = 500 * time.Millisecond
	began := time.Now()
	_, err := k.Load(t.Context(), "session/a")
	wantFault(t, err, fault.KeychainSlow)
	if took := time.Since(began); took < k.ordinary || took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if left := mark(); len(left) > 0 {
		t.Errorf("processes left behind: %v", left)
	}
	if err := daemon.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	wantData(t, ourKeychain(t), "session/a", "old")
}

func TestF18ItemDeletedByHand(t *testing.T) {
	k, _ := newKeyring(t)
	mustSave(t, k, "session/a", "old")
	secretTool(t, "clear", "service", "keyfob", "username", "session/a")
	wantAbsent(t, k, "session/a")
}

func TestF18KeychainRestarts(t *testing.T) {
	k, daemon := newKeyring(t)
	mustSave(t, k, "session/a", "old")
	if err := daemon.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = daemon.Wait()
	_, err := k.Load(t.Context(), "session/a")
	wantFault(t, err, fault.KeychainMissing)
	startKeyring(t)
	wantData(t, k, "session/a", "old")
}

// TestF42TheDefaultCollectionIsUsed: a person has made another keyring the default one, and "login" is locked.
func TestF42TheDefaultCollectionIsUsed(t *testing.T) {
	k, _ := newKeyring(t)
	mustSave(t, k, "session/a", "before")
	other := makeDefault(t, "work")
	mustSave(t, k, "session/a", "moved")
	lock(t)
	mustSave(t, k, "session/a", "moved on")
	wantData(t, k, "session/a", "moved on")
	mustSave(t, k, "session/b", "new")
	var items []dbus.ObjectPath
	err := connect(t).Object(secretsName, other).StoreProperty("org.freedesktop.Secret.Collection.Items", &items)
	if err != nil || len(items) != 2 {
		t.Errorf("the default collection has %v, %v", items, err)
	}
	if err := k.Probe(t.Context()); err != nil {
		t.Error(err)
	}
}

// makeDefault has gnome-keyring make a collection, which is open, and call it default.
func makeDefault(t testing.TB, name string) (path dbus.ObjectPath) {
	t.Helper()
	service := connect(t).Object(secretsName, secretsPath)
	var nobody dbus.Variant
	var session dbus.ObjectPath
	opened := service.Call(serviceIface+".OpenSession", 0, "plain", dbus.MakeVariant(""))
	if err := opened.Store(&nobody, &session); err != nil {
		t.Fatal(err)
	}
	properties := map[string]dbus.Variant{"org.freedesktop.Secret.Collection.Label": dbus.MakeVariant(name)}
	password := secretValue{Session: session, Parameters: []byte{}, Value: []byte("password"), ContentType: "text/plain"}
	create := "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.CreateWithMasterPassword"
	if err := service.Call(create, 0, properties, password).Store(&path); err != nil {
		t.Fatal(err)
	}
	if err := service.Call(serviceIface+".SetAlias", 0, "default", path).Err; err != nil {
		t.Fatal(err)
	}
	return path
}
