//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"keyfob/ui/tray/traytest"
)

// marker is set in the environment of everything on a stage, so that Close finds what detached itself.
const marker = "KEYFOB_STAGE"

// Options say what the desktop has. The zero value is a person's ordinary desktop.
type Options struct {
	Bin     string   // folder of keyfob and keyfob-desktop
	Screens string   // folder for screenshots
	Env     []string // more environment for Keyfob's programs, "NAME=value"

	NoKeychain bool // the session bus has no Secret Service
	NoTrayHost bool // nobody shows tray icons
	NoDisplay  bool // as over SSH: no display, no window manager
	NoManager  bool // a display without a window manager, for measuring
	RealOpener bool // the system's own xdg-open, with us as the default browser
}

// Stage is one desktop. Its methods are for one goroutine.
type Stage struct {
	Options
	dir     string
	env     []string
	running []*Process
	closers []func() error

	Tray *traytest.Host // nil without one

	display  *Display
	bus      *bus
	keychain *Process
	browser  *Browser
	opener   *opener
}

// Open sets up a desktop. Its parts end with Close, or when ctx ends.
func Open(ctx context.Context, o Options) (*Stage, error) {
	dir, err := os.MkdirTemp("", "kf") // short: a socket's path has room for 107 characters
	if err != nil {
		return nil, err
	}
	s := &Stage{Options: o, dir: dir}
	if err := s.build(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Stage) build(ctx context.Context) error {
	if err := s.makeHome(); err != nil {
		return err
	}
	parts := []struct {
		name    string
		missing bool
		start   func(context.Context) error
	}{
		{"display", s.NoDisplay, s.startDisplay},
		{"window manager", s.NoDisplay || s.NoManager, s.startManager},
		{"session bus", false, s.startBus},
		{"keychain", s.NoKeychain, s.StartKeychain},
		{"tray host", s.NoTrayHost, s.StartTrayHost},
		{"opener", false, s.startOpener},
	}
	for _, p := range parts {
		if p.missing {
			continue
		}
		if err := p.start(ctx); err != nil {
			return fmt.Errorf("stage: %s: %w", p.name, err)
		}
	}
	s.env = append(s.env, s.Env...)
	return nil
}

// makeHome gives the stage a home of its own, and an environment that knows no other.
func (s *Stage) makeHome() error {
	folders := map[string]string{
		"HOME":            "home",
		"XDG_CONFIG_HOME": "home/.config",
		"XDG_DATA_HOME":   "home/.local/share",
		"XDG_STATE_HOME":  "home/.local/state",
		"XDG_CACHE_HOME":  "home/.cache",
		"XDG_RUNTIME_DIR": "run",
		"TMPDIR":          "tmp",
	}
	for _, folder := range append([]string{"bin", "log"}, valuesOf(folders)...) {
		if err := os.MkdirAll(filepath.Join(s.dir, folder), 0o700); err != nil {
			return err
		}
	}
	for name, folder := range folders {
		s.env = append(s.env, name+"="+filepath.Join(s.dir, folder))
	}
	s.env = append(s.env,
		marker+"="+s.dir,
		"PATH="+filepath.Join(s.dir, "bin")+":"+os.Getenv("PATH"),
		"LANG=C.UTF-8",
		"LIBGL_ALWAYS_SOFTWARE=1",
	)
	return nil
}

func valuesOf(m map[string]string) []string {
	var values []string
	for _, v := range m {
		values = append(values, v)
	}
	return values
}

// Path is a file or folder of the stage, by its path below the stage's own folder, such as "home/.config".
func (s *Stage) Path(rel string) string { return filepath.Join(s.dir, rel) }

// Close ends everything on the stage and removes its folder.
func (s *Stage) Close() error {
	var errs []error
	if s.browser != nil {
		s.browser.close()
	}
	errs = append(errs, endAll(s.Strays()))
	for _, c := range slices.Backward(s.closers) {
		errs = append(errs, c())
	}
	for _, p := range slices.Backward(s.running) {
		errs = append(errs, p.End())
	}
	errs = append(errs, endAll(marked(s.dir)), os.RemoveAll(s.dir))
	return errors.Join(errs...)
}
