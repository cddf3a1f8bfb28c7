package storage

import (
	"context"
	"errors"
	"io/fs"

	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"keyfob/internal/fault"
)

const canary = "canary-4f1d9a"

// hangOn makes a method tell that it was called, and answer when the test ends.
func hangOn(t testing.TB, method string) (entered chan struct{}, set func(*fakeSecrets)) {
	entered = make(chan struct{})
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	var once sync.Once
	return entered, func(f *fakeSecrets) {
		f.before = func(called string) *dbus.Error {
			if called == method {
				once.Do(func() { close(entered) })
				<-release
			}
			return nil
		}
	}
}

func TestFakeIsLikeTheRealOne(t *testing.T) {
	f := startFake(t, func(*fakeSecrets) {})
	k := ourKeychain(t)
	wantAbsent(t, k, "session/a")
	mustSave(t, k, "session/a", "data")
	wantData(t, k, "session/a", "data")
	if err := k.Delete(t.Context(), "session/a"); err != nil {
		t.Fatal(err)
	}
	if err := k.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if items, prompts := f.count(); items+prompts > 0 {
		t.Fatalf("%d items, %d prompts", items, prompts)
	}
}

func TestF12LockedMeansNoPrompt(t *testing.T) {
	f := startFake(t, func(f *fakeSecrets) { f.locked = true; f.person = func() bool { return true } })
	wantEverywhere(t, ourKeychain(t), fault.KeychainLocked)
	if _, prompts := f.count(); prompts > 0 {
		t.Fatalf("%d prompts were shown unasked", prompts)
	}
}

func TestF12LockedItemMeansNoPrompt(t *testing.T) {
	f := startFake(t, func(f *fakeSecrets) { f.put(loginPath, "session/a", "data", true) })
	for name, err := range everyOperation(t.Context(), ourKeychain(t)) {
		if name != "probe" && fault.CodeOf(err) != fault.KeychainLocked {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, prompts := f.count(); prompts > 0 {
		t.Fatalf("%d prompts were shown unasked", prompts)
	}
}

func TestInteractiveUnlocks(t *testing.T) {
	f := startFake(t, func(f *fakeSecrets) {
		f.put(loginPath, "session/a", "data", false)
		f.locked = true
		f.person = func() bool { return true }
	})
	data, err := ourKeychain(t).Load(Interactive(t.Context()), "session/a")
	if err != nil || string(data) != "data" {
		t.Fatalf("got %q, %v", data, err)
	}
	if _, prompts := f.count(); prompts != 1 {
		t.Fatalf("%d prompts", prompts)
	}
}

func TestF13DismissedPromptIsDenied(t *testing.T) {
	f := startFake(t, func(f *fakeSecrets) { f.locked = true })
	operations := everyOperation(Interactive(t.Context()), ourKeychain(t))
	for name, err := range operations {
		if fault.CodeOf(err) != fault.KeychainDenied {
			t.Errorf("%s: %v", name, err)
		}
	}
	if items, prompts := f.count(); items != 0 || prompts != len(operations) { // who says no is not asked again
		t.Fatalf("%d items, %d prompts", items, prompts)
	}
}

func TestF16PromptThatNobodyAnswers(t *testing.T) {
	entered, set := hangOn(t, "Prompt")
	startFake(t, func(f *fakeSecrets) { set(f); f.locked = true })
	k := ourKeychain(t)
	k.prompt = time.Second
	wantFault(t, k.Save(Interactive(t.Context()), "session/a", []byte("x")), fault.KeychainSlow)
	<-entered
}

func TestF17KeychainsThatLie(t *testing.T) {
	save := func(ctx context.Context, k *Keychain) error { return k.Save(ctx, "session/a", []byte("data")) }
	remove := func(ctx context.Context, k *Keychain) error { return k.Delete(ctx, "session/a") }
	probe := func(ctx context.Context, k *Keychain) error { return k.Probe(ctx) }
	cases := map[string]struct {
		set  func(f *fakeSecrets)
		work func(ctx context.Context, k *Keychain) error
	}{
		"keeps nothing": {func(f *fakeSecrets) { f.keepNothing = true }, save},
		"keeps something else": {func(f *fakeSecrets) {
			f.mangle = func(value []byte) []byte { return append(value[:len(value):len(value)], '\n') }
		}, save},
		"deletes nothing": {func(f *fakeSecrets) {
			f.deleteNone = true
			f.put(loginPath, "session/a", "data", false)
		}, remove},
		"the probe sees what is not kept": {func(f *fakeSecrets) { f.keepNothing = true }, probe},
		"the probe sees what stays":       {func(f *fakeSecrets) { f.deleteNone = true }, probe},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			startFake(t, c.set)
			wantFault(t, c.work(t.Context(), ourKeychain(t)), fault.KeychainFailed)
		})
	}
}

func TestDeleteTakesEveryCopy(t *testing.T) {
	f := startFake(t, func(f *fakeSecrets) {
		f.put(loginPath, "session/a", "one", false)
		f.put(loginPath, "session/a", "two", false)
	})
	if err := ourKeychain(t).Delete(t.Context(), "session/a"); err != nil {
		t.Fatal(err)
	}
	if items, _ := f.count(); items > 0 {
		t.Fatalf("%d copies left", items)
	}
}

// TestClearIsHonest: what it could not delete, it does not call deleted.
func TestClearIsHonest(t *testing.T) {
	tests := map[string]struct {
		set  func(*fakeSecrets)
		want fault.Code
	}{
		"deletes nothing": {func(f *fakeSecrets) { f.deleteNone = true }, fault.KeychainFailed},
		"another collection": {
			func(f *fakeSecrets) { f.put(secretsPath+"/collection/old", "b", "x", false) }, ""},
		"a locked item": {
			func(f *fakeSecrets) { f.put(secretsPath+"/collection/old", "b", "x", true) }, fault.KeychainLocked},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			startFake(t, func(f *fakeSecrets) {
				f.put(loginPath, "a", "x", false)
				tt.set(f)
			})
			wantFault(t, ourKeychain(t).Clear(t.Context()), tt.want)
		})
	}
}

// TestF42WhatLiesInAnotherCollectionIsFound: which one the desktop calls default may change between two runs. What lies
// in the other is no "signed out", and does not stay there to be taken for the newest later.
func TestF42WhatLiesInAnotherCollectionIsFound(t *testing.T) {
	f := startFake(t, func(f *fakeSecrets) { f.put(secretsPath+"/collection/other", "session/a", "old", false) })
	k := ourKeychain(t)
	wantData(t, k, "session/a", "old")
	mustSave(t, k, "session/a", "new")
	wantData(t, k, "session/a", "new")
	if items, _ := f.count(); items != 1 {
		t.Errorf("%d copies", items)
	}
	f.put(secretsPath+"/collection/other", "session/a", "old", false)
	wantData(t, k, "session/a", "new")
	if err := k.Delete(t.Context(), "session/a"); err != nil {
		t.Fatal(err)
	}
	wantAbsent(t, k, "session/a")
}

func TestALockedItemInAnotherCollectionIsNotAbsent(t *testing.T) {
	startFake(t, func(f *fakeSecrets) { f.put(secretsPath+"/collection/other", "session/a", "data", true) })
	_, err := ourKeychain(t).Load(t.Context(), "session/a")
	wantFault(t, err, fault.KeychainLocked)
	wantFault(t, ourKeychain(t).Delete(t.Context(), "session/a"), fault.KeychainLocked)
}

// TestF41WhatIsKeptIsReadByTheNext: a keychain that keeps for the connection that saved, or gives others something
// else, has kept nothing.
func TestF41WhatIsKeptIsReadByTheNext(t *testing.T) {
	for name, c := range map[string]struct {
		is   stranger
		want fault.Code
		asks bool
	}{
		"the next one reads it":             {seesIt, "", false},
		"a person must let the next one in": {seesItShut, "", true},
		"the next one sees nothing":         {seesNothing, fault.KeychainFailed, false},
		"the next one reads another":        {seesAnother, fault.KeychainFailed, false},
	} {
		t.Run(name, func(t *testing.T) {
			f := startFake(t, func(f *fakeSecrets) { f.forStrangers = c.is })
			k := ourKeychain(t)
			wantFault(t, k.Save(t.Context(), "session/a", []byte("data")), c.want)
			asks, err := k.Trial(t.Context())
			wantFault(t, err, c.want)
			wantFault(t, k.Probe(t.Context()), c.want)
			if _, prompts := f.count(); asks != c.asks || prompts > 0 {
				t.Errorf("asks %v, %d prompts", asks, prompts)
			}
		})
	}
}

// TestF40OneConnectionForAll: a service that judges by connection sees one, whatever happens to single operations; and
// another only where the process had to be ended.
func TestF40OneConnectionForAll(t *testing.T) {
	hanging, set := hangOn(t, "CreateItem")
	f := startFake(t, func(f *fakeSecrets) { set(f); f.forStrangers = seesItShut })
	k := ourKeychain(t)
	wantAbsent(t, k, "session/a")
	first := k.running
	f.made(dbus.Sender(""), "session/a", "data")
	ctx, cancel := context.WithCancel(t.Context())
	saved := make(chan error, 1)
	go func() { saved <- k.Save(ctx, "session/b", []byte("x")) }()
	<-hanging
	wantData(t, k, "session/a", "data") // nobody waits for the one that hangs
	cancel()
	if err := <-saved; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	wantData(t, k, "session/a", "data")
	if k.running != first {
		t.Error("what was given up took the process along")
	}
	first.kill()
	<-first.gone
	wantData(t, k, "session/a", "data")
	if k.running == first {
		t.Error("a process that ended is still asked")
	}
}

// TestF40AnotherBusHasAnotherProcess: who starts a new session is not answered by the one before.
func TestF40AnotherBusHasAnotherProcess(t *testing.T) {
	startFake(t, func(f *fakeSecrets) { f.put(loginPath, "session/a", "before", false) })
	k := ourKeychain(t)
	wantData(t, k, "session/a", "before")
	startFake(t, func(f *fakeSecrets) { f.put(loginPath, "session/a", "after", false) })
	wantData(t, k, "session/a", "after")
}

func TestF14F43ServiceWithoutACollection(t *testing.T) {
	startFake(t, func(f *fakeSecrets) { f.noCollection = true })
	k := ourKeychain(t)
	wantEverywhere(t, k, fault.KeychainMissing)
	if reason := fault.Of(k.Probe(t.Context())).Reason; reason != fault.KeychainNoCollection {
		t.Errorf("the reason is %q", reason)
	}
}

func TestErrorsOfTheService(t *testing.T) {
	cases := map[string]fault.Code{
		"org.freedesktop.DBus.Error.AccessDenied": fault.KeychainDenied,
		"org.freedesktop.DBus.Error.TimedOut":     fault.KeychainSlow,
		"org.freedesktop.Secret.Error.IsLocked":   fault.KeychainLocked,
		"com.example.Strange":                     fault.KeychainFailed,
	}
	methods := []string{"CreateItem", "Get Collections", "Get Locked", "Service.SearchItems", "OpenSession"}
	for _, method := range methods {
		for name, want := range cases {
			t.Run(method+" "+name, func(t *testing.T) {
				startFake(t, func(f *fakeSecrets) {
					f.before = func(called string) *dbus.Error {
						if called != method {
							return nil
						}
						return dbus.NewError(name, []any{"the service repeats " + canary})
					}
				})
				err := ourKeychain(t).Save(t.Context(), "session/a", []byte(canary))
				wantFault(t, err, want)
				if strings.Contains(err.Error(), canary) || !strings.Contains(err.Error(), name) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestSecretIsNeitherInArgumentsNorInTheEnvironment(t *testing.T) {
	entered, set := hangOn(t, "CreateItem")
	startFake(t, set)
	mark := markProcesses(t)
	ctx, cancel := context.WithCancel(t.Context())
	saved := make(chan error, 1)
	k := ourKeychain(t)
	go func() { saved <- k.Save(ctx, "session/a", []byte(canary)) }()
	<-entered
	if child := mark(); len(child) != 1 || !strings.Contains(child[0], ChildArg) {
		t.Fatalf("the child is not to be seen, so that the test would prove nothing: %v", child)
	}
	for _, file := range []string{"cmdline", "environ"} {
		if found := processesWith(file, canary); len(found) > 0 {
			t.Errorf("%s of %v holds the secret", file, found)
		}
	}
	cancel()
	if err := <-saved; !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	k.Close()
	if left := mark(); len(left) > 0 {
		t.Fatalf("left behind: %v", left)
	}
}

// A parent that dies without a word must not leave a child that waits for a hanging keychain.
func TestChildEndsWithItsParent(t *testing.T) {
	entered, set := hangOn(t, "CreateItem")
	startFake(t, set)
	child := self(ChildArg)
	input, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if err := writeFrame(input, request{Op: opSave, Key: "session/a", Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	<-entered
	if err := input.Close(); err != nil { // what the system does when the parent is gone
		t.Fatal(err)
	}
	_ = child.Wait()
	if child.ProcessState.ExitCode() != 1 {
		t.Fatalf("got %v", child.ProcessState)
	}
}

func TestMissingExecutableIsNotAbsence(t *testing.T) {
	_, err := NewKeychain([]string{"/nonexistent"}).Load(t.Context(), "session/a")
	wantFault(t, err, fault.KeychainFailed)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatal("would be taken for signed out")
	}
}
