package storage

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/godbus/dbus/v5"

	"keyfob/internal/fault"
)

func TestManyAreLoadedWithOneQuestion(t *testing.T) {
	startFake(t, func(*fakeSecrets) {})
	calls := watchBus(t)
	wantMany(t, ourKeychain(t))
	asked := map[string]int{}
	for _, c := range calls() {
		asked[c.method]++
	}
	if asked["GetSecrets"] != 1 || asked["Ping"] != 6 { // nothing, two saves that the next one reads, and this one
		t.Errorf("asked %v", asked)
	}
}

func TestManyAreLoadedFromTheRealOne(t *testing.T) {
	k, _ := newKeyring(t)
	wantMany(t, k)
}

func wantMany(t *testing.T, k *Keychain) {
	t.Helper()
	none, err := k.LoadMany(t.Context(), []string{"session/a", "session/b"})
	if err != nil || len(none) > 0 {
		t.Fatalf("got %q of nothing, %v", none, err)
	}
	mustSave(t, k, "session/a", "of a")
	mustSave(t, k, "session/b", "\x00\xff of b")
	got, err := k.LoadMany(t.Context(), []string{"session/b/next", "session/b", "session/a/next", "session/a"})
	want := map[string][]byte{"session/a": []byte("of a"), "session/b": []byte("\x00\xff of b")}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %q, %v", got, err)
	}
}

// TestManyAreRefusedWhereOneIsUnusual: each that is asked for alone has its own answer, all together have none, and no
// prompt is shown for them.
func TestManyAreRefusedWhereOneIsUnusual(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*fakeSecrets)
		want fault.Code
	}{
		"locked": {
			func(f *fakeSecrets) { f.put(loginPath, "session/b", "b", true) }, fault.KeychainLocked},
		"all locked":                {func(f *fakeSecrets) { f.locked = true }, fault.KeychainLocked},
		"all locked, nothing found": {func(f *fakeSecrets) { f.locked = true; clear(f.items) }, fault.KeychainLocked},
		"twice": {
			func(f *fakeSecrets) { f.put(loginPath, "session/a", "other", false) }, fault.KeychainFailed},
		"elsewhere": {
			func(f *fakeSecrets) { f.put(secretsPath+"/collection/x", "session/b", "b", false) }, fault.KeychainFailed},
		"given to nobody":  {func(f *fakeSecrets) { f.giveNone = true }, fault.KeychainFailed},
		"no such question": {func(f *fakeSecrets) { f.before = refusing("GetSecrets") }, fault.KeychainFailed},
		"no session":       {func(f *fakeSecrets) { f.before = refusing("OpenSession") }, fault.KeychainFailed},
		"no search": {
			func(f *fakeSecrets) { f.before = refusing("Service.SearchItems") }, fault.KeychainFailed},
		"nobody knows locks": {func(f *fakeSecrets) { f.before = refusing("Get Locked") }, fault.KeychainFailed},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, func(f *fakeSecrets) {
				f.person = func() bool { return true }
				f.put(loginPath, "session/a", "a", false)
				c.set(f)
			})
			got, err := ourKeychain(t).LoadMany(t.Context(), []string{"session/a", "session/b"})
			if fault.CodeOf(err) != c.want || got != nil {
				t.Errorf("got %q, %v", got, err)
			}
			if _, prompts := f.count(); prompts > 0 {
				t.Error("a prompt was shown")
			}
		})
	}
	_, err := ourKeychain(t).LoadMany(t.Context(), []string{"session/a", "../b"})
	if fault.CodeOf(err) != fault.KeychainFailed {
		t.Errorf("a key that cannot be one: %v", err)
	}
}

func refusing(method string) func(string) *dbus.Error {
	return func(called string) *dbus.Error {
		if called == method {
			return dbus.MakeFailedError(dbus.ErrMsgUnknownMethod)
		}
		return nil
	}
}

// TestF18TheFirstMessageAsksForNothing: gnome-keyring aborts where the first message of a new connection is a question
// that it reads too early.
func TestF18TheFirstMessageAsksForNothing(t *testing.T) {
	startFake(t, func(*fakeSecrets) {})
	calls := watchBus(t)
	for name, err := range everyOperation(t.Context(), ourKeychain(t)) {
		if name == "probe" && err != nil {
			t.Fatal(name, err)
		}
	}
	if _, err := ourKeychain(t).LoadMany(t.Context(), []string{"session/a"}); err != nil {
		t.Fatal(err)
	}
	first := map[string]string{}
	for _, c := range calls() {
		if first[c.asker] == "" {
			first[c.asker] = c.method
		}
	}
	if met := slices.Compact(slices.Sorted(maps.Values(first))); len(first) < 3 || !slices.Equal(met, []string{"Ping"}) {
		t.Errorf("the first messages of %d connections were %v", len(first), met)
	}
}

// call is one message to the keychain.
type call struct{ asker, method string }

// watchBus notes what the keychain is asked until it is told to stop, and then returns it in order.
func watchBus(t *testing.T) (stop func() []call) {
	t.Helper()
	const end = "End"
	monitor, messages := connect(t), make(chan *dbus.Message, 1024)
	become := "org.freedesktop.DBus.Monitoring.BecomeMonitor"
	if err := monitor.BusObject().Call(become, 0, []string{}, uint32(0)).Err; err != nil {
		t.Fatal(err)
	}
	monitor.Eavesdrop(messages)
	t.Cleanup(func() { monitor.Eavesdrop(nil) }) // godbus closes the channel, and then sends what arrives meanwhile
	return func() (calls []call) {
		connect(t).Object(secretsName, secretsPath).Call("org.example.Test."+end, dbus.FlagNoReplyExpected)
		for m := range messages {
			asker, _ := m.Headers[dbus.FieldSender].Value().(string)
			method, _ := m.Headers[dbus.FieldMember].Value().(string)
			switch {
			case method == end:
				return calls
			case m.Type == dbus.TypeMethodCall && m.Headers[dbus.FieldDestination].Value() == secretsName:
				calls = append(calls, call{asker, method})
			}
		}
		return calls
	}
}
