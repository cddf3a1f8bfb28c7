//go:build unix && !darwin

package storage

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keyfob/internal/fault"
)

// shortDir is a temporary folder whose name leaves room for a socket.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func newPlaces(t *testing.T) Places {
	dir := shortDir(t)
	return Places{Config: dir + "/config/keyfob", State: dir + "/state/keyfob", Runtime: dir + "/run/keyfob"}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestDefaultPlacesFollowXDG(t *testing.T) {
	run := shortDir(t)
	t.Setenv("HOME", "/home/ada")
	t.Setenv("XDG_CONFIG_HOME", "/conf")
	t.Setenv("XDG_STATE_HOME", "relative/is/ignored")
	t.Setenv("XDG_RUNTIME_DIR", run)
	got, err := DefaultPlaces()
	want := Places{Config: "/conf/keyfob", State: "/home/ada/.local/state/keyfob", Runtime: run + "/keyfob"}
	if err != nil || got != want {
		t.Fatalf("got %v, %v, want %v", got, err, want)
	}
}

func TestDefaultPlacesWithoutHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_CONFIG_HOME", "")
	_, err := DefaultPlaces()
	wantFault(t, err, fault.DiskTrouble)
}

func TestRuntimeFolderIsTheFirstOfOurs(t *testing.T) {
	mine := shortDir(t)
	theirs := shortDir(t)
	notAFolder := filepath.Join(mine, "file")
	if err := os.WriteFile(notAFolder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open := shortDir(t)
	if err := os.Chmod(open, 0o1777); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		bases []string
		want  string
	}{
		"ours":             {[]string{mine, "/run"}, mine + "/keyfob"},
		"unset":            {[]string{"", mine}, mine + "/keyfob"},
		"missing":          {[]string{mine + "/none", mine}, mine + "/keyfob"},
		"relative":         {[]string{".", mine}, mine + "/keyfob"},
		"not a folder":     {[]string{notAFolder, mine}, mine + "/keyfob"},
		"open to others":   {[]string{open, mine}, mine + "/keyfob"},
		"nothing anywhere": {[]string{"", mine + "/none"}, "/state"},
	}
	for name, c := range cases {
		if got := runtimeFolder(c.bases, "/state"); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	if os.Geteuid() != 0 {
		return // only root can give a folder away
	}
	if err := os.Chown(theirs, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if got := runtimeFolder([]string{theirs, mine}, "/state"); got != mine+"/keyfob" {
		t.Errorf("took another user's folder: %s", got)
	}
}

func TestA51SocketPathTooLong(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", "/c")
	t.Setenv("XDG_STATE_HOME", "/s")
	p := Places{Config: "/c", State: "/s"}
	room := maxSocketPath - len("//keyfob/agent.sock")
	p.Runtime = "/" + strings.Repeat("x", room) + "/keyfob"
	if err := CheckSocketPath(p.Socket()); err != nil || len(p.Socket()) != maxSocketPath {
		t.Fatalf("%d bytes refused: %v", len(p.Socket()), err)
	}
	p.Runtime = "/x" + p.Runtime[1:]
	wantFault(t, CheckSocketPath(p.Socket()), fault.SocketTooLong)
	_, err := p.Ensure()
	wantFault(t, err, fault.SocketTooLong)
	if got := fault.Of(err).Args; got["bytes"] != "104" || got["limit"] != "103" {
		t.Fatalf("it does not tell the length: %q", got)
	}
}

func TestA67PlacesArePrivateUnderAnyUmask(t *testing.T) {
	p := newPlaces(t)
	repaired, err := p.Ensure()
	if err != nil || len(repaired) > 0 {
		t.Fatalf("got %v, %v", repaired, err)
	}
	if inside, err := p.Mend(); err != nil || len(inside) > 0 {
		t.Fatalf("got %v, %v", inside, err)
	}
	for _, path := range []string{p.Config, p.State, p.Runtime} {
		if mode(t, path) != 0o700 {
			t.Errorf("%s is %o", path, mode(t, path))
		}
	}
}

func TestA67LooseModesAreMendedAndReported(t *testing.T) {
	p := newPlaces(t)
	if _, err := p.Ensure(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(p.Profiles(), "a.json")
	if err := WriteFile(file, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(shortDir(t), "elsewhere")
	if err := os.WriteFile(outside, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	modes := map[string]fs.FileMode{outside: 0o666, file: 0o644, p.Profiles(): 0o755, p.State: 0o777}
	for path, loosened := range modes {
		if err := os.Chmod(path, loosened); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(p.Profiles(), "link.json")); err != nil {
		t.Fatal(err)
	}
	repaired, err := p.Ensure()
	if err != nil || !slices.Equal(repaired, []string{p.State}) {
		t.Fatalf("got %v, %v", repaired, err)
	}
	inside, err := p.Mend()
	slices.Sort(inside)
	if want := []string{p.Profiles(), file}; err != nil || !slices.Equal(inside, want) {
		t.Fatalf("got %v, %v, want %v", inside, err, want)
	}
	if mode(t, file) != 0o600 || mode(t, p.Profiles()) != 0o700 || mode(t, p.State) != 0o700 {
		t.Error("not mended")
	}
	if mode(t, outside) != 0o666 {
		t.Error("changed a file outside, through a link")
	}
}

func TestA47UnsafePlacesAreRefused(t *testing.T) {
	cases := map[string]struct {
		spoil func(p Places) error
		code  fault.Code
	}{
		"socket's folder is a link": {func(p Places) error {
			return os.Symlink(p.State, p.Runtime)
		}, fault.SocketUnsafe},
		"socket's folder is a file": {func(p Places) error {
			return os.WriteFile(p.Runtime, nil, 0o600)
		}, fault.DiskTrouble},
		"others could write to the socket's folder": {func(p Places) error {
			return errors.Join(os.Mkdir(p.Runtime, 0o700), os.Chmod(p.Runtime, 0o770))
		}, fault.SocketUnsafe},
		"the state is a link": {func(p Places) error {
			return errors.Join(os.RemoveAll(p.State), os.Symlink(p.Config, p.State))
		}, fault.DiskTrouble},
	}
	if os.Geteuid() == 0 {
		cases["socket's folder is another user's"] = struct {
			spoil func(p Places) error
			code  fault.Code
		}{func(p Places) error {
			return errors.Join(os.Mkdir(p.Runtime, 0o700), os.Chown(p.Runtime, 12345, 12345))
		}, fault.SocketUnsafe}
		cases["the profiles' folder is another user's"] = struct {
			spoil func(p Places) error
			code  fault.Code
		}{func(p Places) error { return os.Chown(p.Config, 12345, 12345) }, fault.DiskTrouble}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := newPlaces(t)
			if _, err := p.Ensure(); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(p.Runtime); err != nil {
				t.Fatal(err)
			}
			if err := c.spoil(p); err != nil {
				t.Fatal(err)
			}
			for range 2 { // what was refused is not mended, and trusted the next time
				_, err := p.Ensure()
				wantFault(t, err, c.code)
			}
		})
	}
}

// linked is a set of places whose settings are a link to a folder of the person's own, and that folder.
func linked(t *testing.T) (p Places, dotfiles string) {
	t.Helper()
	p = newPlaces(t)
	dotfiles = filepath.Join(shortDir(t), "dotfiles")
	if err := errors.Join(os.MkdirAll(filepath.Join(dotfiles, "keyfob"), 0o700), os.MkdirAll(filepath.Dir(p.Config),
		0o700), os.Symlink(filepath.Join(dotfiles, "keyfob"), p.Config)); err != nil {
		t.Fatal(err)
	}
	return p, dotfiles
}

// Settings that a person keeps elsewhere are used there, and kept private there.
func TestF51SettingsMayBeALinkOfOnesOwn(t *testing.T) {
	p, dotfiles := linked(t)
	mended := filepath.Join(dotfiles, "keyfob")
	if err := os.Chmod(mended, 0o755); err != nil {
		t.Fatal(err)
	}
	repaired, err := p.Ensure()
	if err != nil || !slices.Equal(repaired, []string{p.Config}) || mode(t, mended) != 0o700 {
		t.Errorf("%v, %v", repaired, err)
	}
	file := filepath.Join(p.Profiles(), "a.json")
	if err := WriteFile(file, []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if inside, err := p.Mend(); err != nil || len(inside) != 1 || mode(t, file) != 0o600 {
		t.Errorf("%v, %v", inside, err)
	}
	if _, err := os.Stat(filepath.Join(mended, "profiles", "a.json")); err != nil {
		t.Error(err)
	}
}

// A link that somebody else could lead elsewhere is refused, and changes nothing where it leads.
func TestF51ALinkThatOthersCanTurnIsRefused(t *testing.T) {
	cases := map[string]func(t *testing.T, p Places, dotfiles string) error{
		"others can write on the way": func(_ *testing.T, _ Places, dotfiles string) error {
			return os.Chmod(dotfiles, 0o777)
		},
		"by another link": func(t *testing.T, p Places, dotfiles string) error {
			open := shortDir(t)
			return errors.Join(os.Chmod(open, 0o777), os.Remove(p.Config), os.Symlink(open+"/link", p.Config),
				os.Symlink(dotfiles+"/keyfob", open+"/link"))
		},
		"in a circle": func(_ *testing.T, p Places, _ string) error {
			return errors.Join(os.Remove(p.Config), os.Symlink(p.Config, p.Config))
		},
		"to nothing": func(_ *testing.T, _ Places, dotfiles string) error { return os.RemoveAll(dotfiles) },
	}
	if os.Geteuid() == 0 {
		cases["another user's link"] = func(_ *testing.T, p Places, _ string) error {
			return os.Lchown(p.Config, 12345, 12345)
		}
		cases["to another user's folder"] = func(_ *testing.T, _ Places, dotfiles string) error {
			return os.Chown(dotfiles+"/keyfob", 12345, 12345)
		}
	}
	for name, spoil := range cases {
		p, dotfiles := linked(t)
		_ = os.Chmod(dotfiles+"/keyfob", 0o755)
		if err := spoil(t, p, dotfiles); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Ensure(); fault.CodeOf(err) != fault.DiskTrouble {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(dotfiles + "/keyfob"); err == nil && info.Mode().Perm() != 0o755 {
			t.Errorf("%s: it was changed", name)
		}
	}
}

// An administrator's first call with a person's home leaves nothing there that is the administrator's.
func TestF52AnAdministratorMakesNothingInAnothersHome(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("asks what root does")
	}
	home := shortDir(t)
	if err := os.Chown(home, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	runtime := Places{Config: home + "/.config/keyfob", State: home + "/.local/keyfob", Runtime: shortDir(t) + "/keyfob"}
	without := runtime
	without.Runtime = without.State
	for _, p := range []Places{runtime, without} {
		for range 2 {
			_, err := p.Ensure()
			if f := fault.Of(err); f == nil || f.Code != fault.DiskTrouble || f.Reason != fault.DiskForeignHome {
				t.Errorf("%v", err)
			}
		}
	}
	if err := WriteFile(home+"/new/file", nil); fault.CodeOf(err) != fault.DiskTrouble {
		t.Error(err)
	}
	if made, err := os.ReadDir(home); err != nil || len(made) > 0 {
		t.Errorf("%v, %v", made, err)
	}
}

// TestF27AReadOnlyHomeHasOneAgent: where nothing can be written beside the state, the spare lock decides, and goes
// on deciding when the disk has room again.
func TestF27AReadOnlyHomeHasOneAgent(t *testing.T) {
	p := newPlaces(t)
	home := filepath.Dir(filepath.Dir(p.State))
	if err := os.WriteFile(home+"/state", nil, 0o600); err != nil { // not even root makes a folder in a file
		t.Fatal(err)
	}
	if _, err := p.Ensure(); err != nil {
		t.Fatal(err)
	}
	lock, err := p.Acquire(Holder{PID: 7, Socket: p.Socket()})
	if err != nil {
		t.Fatal(err)
	}
	if h, held := p.Holder(); !held || h.PID != 7 {
		t.Errorf("got %+v, %v", h, held)
	}
	_, err = p.Acquire(Holder{})
	wantFault(t, err, fault.AlreadyRunning)
	if err := os.Remove(home + "/state"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Ensure(); err != nil {
		t.Fatal(err)
	}
	_, err = p.Acquire(Holder{})
	wantFault(t, err, fault.AlreadyRunning)
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	lock, err = p.Acquire(Holder{PID: 8})
	if err != nil {
		t.Fatal(err)
	}
	if h, held := p.Holder(); !held || h.PID != 8 {
		t.Errorf("got %+v, %v", h, held)
	}
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
}
