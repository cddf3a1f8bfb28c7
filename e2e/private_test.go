//go:build linux

package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
)

// TestA67EverythingIsPrivateUnderUmask000 has all of Keyfob make all of its files while the umask takes nothing away,
// and then finds loose modes mended and reported.
func TestA67EverythingIsPrivateUnderUmask000(t *testing.T) {
	d := newDesk(t, stage.Options{})
	provider := d.provider(stage.Auth0)
	must(d.Start(d.ctx, "/bin/sh", "-c", `umask 000; exec "$0"`, filepath.Join(d.Bin, "keyfob-desktop")))(t)
	window := must(d.Window(d.ctx, stage.Title))(t)
	if err := d.Ready(d.ctx, window); err != nil {
		t.Fatal(err)
	}
	d.importProfile(provider, "acme")
	if err := d.Agent().StartDemo(d.ctx); err != nil {
		t.Error(err)
	}
	d.login("acme")
	d.wantState("demo", account.SignedOut)
	d.closeWindow(window)
	d.wantPrivate("agent.sock", "keyfob.log", "crash.txt", "agent.lock", "agent.lock.holder", "acme.json",
		"demo.json", "signing-key.json")

	d.keyfob(0, "agent", "stop")
	loose := map[string]fs.FileMode{
		d.Path("home/.config/keyfob"):                            0o755,
		d.Path("home/.config/keyfob/profiles/acme.json"):         0o644,
		d.Path("home/.local/state/keyfob/keyfob.log"):            0o666,
		d.Path("home/.local/state/keyfob/demo"):                  0o777,
		d.Path("home/.local/state/keyfob/agent.lock"):            0o644,
		d.Path("home/.local/state/keyfob/crash.txt"):             0o604,
		d.Path("run/keyfob"):                                     0o750,
		d.Path("home/.local/state/keyfob/demo/signing-key.json"): 0o664,
	}
	for path, mode := range loose {
		if err := os.Chmod(path, mode); err != nil {
			t.Error(err)
		}
	}
	d.keyfob(0, "agent", "start")
	d.wantPrivate()
	log := string(must(os.ReadFile(d.Path("home/.local/state/keyfob/keyfob.log")))(t))
	for path := range loose {
		if !strings.Contains(log, `"permissions repaired","path":"`+path+`"`) {
			t.Errorf("the log does not say that %s was mended", path)
		}
	}
}

// wantPrivate looks at everything of ours, and makes sure that it saw those names. What the window toolkit keeps
// follows the umask, but for its folder.
func (d *desk) wantPrivate(names ...string) {
	d.Helper()
	seen := map[string]bool{}
	const toolkit = "home/.config/fyne"
	for _, root := range []string{"home/.config/keyfob", "home/.local/state/keyfob", "run/keyfob", toolkit} {
		err := filepath.WalkDir(d.Path(root), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			seen[entry.Name()] = true
			want := fs.FileMode(0o600)
			if entry.IsDir() {
				want = 0o700
			}
			if info := must(entry.Info())(d); info.Mode().Perm() != want {
				d.Errorf("%s is %o, not %o", path, info.Mode().Perm(), want)
			}
			if root == toolkit {
				return fs.SkipDir
			}
			return nil
		})
		if err != nil {
			d.Error(err)
		}
	}
	for _, name := range names {
		if !seen[name] {
			d.Errorf("there was no %s to look at", name)
		}
	}
}
