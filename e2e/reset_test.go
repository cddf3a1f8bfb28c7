//go:build linux

package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"keyfob/e2e/stage"
)

// TestResetLeavesNothing: two people's sign-ins, one of them of an account whose profile file is gone, a real keychain
// and a provider that is told of it.
func TestResetLeavesNothing(t *testing.T) {
	d := newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})
	provider := d.provider(stage.Auth0)
	for _, id := range []string{"acme", "gone"} {
		d.importProfile(provider, id)
		d.signInQuietly(id)
	}
	d.keyfob(0, "agent", "stop")
	if err := os.Remove(d.Path("home/.config/keyfob/profiles/gone.json")); err != nil {
		t.Fatal(err)
	}
	kept := must(d.Secrets(d.ctx))(d)
	if !slices.Contains(kept, "session/gone") || !slices.Contains(kept, "session/acme") {
		t.Fatalf("the keychain has %q", kept)
	}

	said := d.keyfob(0, "reset", "--yes").Out
	for _, want := range []string{"acme      signed out and removed\n", "Keyfob has forgotten everything.\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
	if kept := must(d.Secrets(d.ctx))(d); len(kept) > 0 {
		t.Errorf("the keychain still has %q", kept)
	}
	for _, folder := range []string{"home/.config/keyfob", "home/.local/state/keyfob", "run/keyfob"} {
		if _, err := os.Lstat(d.Path(folder)); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", folder, err)
		}
	}
	if told := must(provider.Counters(d.ctx))(d).Requests["revocation"]; told != 1 {
		t.Errorf("the provider was told of %d sign-outs", told)
	}
	d.keyfob(8, "agent", "status")

	// What was forgotten does not come back, and Keyfob can be used as on its first day.
	d.importProfile(provider, "acme")
	d.keyfob(3, "token", "acme")
	d.signInQuietly("acme")
	d.keyfob(0, "token", "acme")
}
