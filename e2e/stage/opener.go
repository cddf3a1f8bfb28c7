//go:build linux

package stage

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// openerScript hands an address to us. It is the stage's xdg-open; a person's hands it to their browser.
const openerScript = "#!/bin/sh\nprintf '%%s\\n' \"$1\" >%s\n"

// Opened is an address that a program wanted opened in the browser.
type Opened struct {
	URL string
	At  time.Time
}

// opener collects what programs want opened.
type opener struct {
	queue chan Opened

	mu    sync.Mutex
	count int
}

func (s *Stage) startOpener(context.Context) error {
	fifo := s.Path("opened")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		return err
	}
	if err := s.installOpener(fmt.Appendf(nil, openerScript, fifo)); err != nil {
		return err
	}
	r, err := os.OpenFile(fifo, os.O_RDWR, 0) // both ways: it stays open between two writers
	if err != nil {
		return err
	}
	s.closers = append(s.closers, r.Close)
	s.opener = &opener{queue: make(chan Opened, 64)}
	go s.opener.collect(r)
	return nil
}

// installOpener makes the script the stage's xdg-open, or the default browser of the system's own.
func (s *Stage) installOpener(script []byte) error {
	if !s.RealOpener {
		return os.WriteFile(s.Path("bin/xdg-open"), script, 0o700)
	}
	const desktopFile = "[Desktop Entry]\nType=Application\nName=Browser\nExec=%s %%u\n"
	const defaults = "[Default Applications]\nx-scheme-handler/http=stage.desktop\nx-scheme-handler/https=stage.desktop\n"
	browser, applications := s.Path("bin/browser"), s.Path("home/.local/share/applications")
	return errors.Join(
		os.WriteFile(browser, script, 0o700),
		os.Mkdir(applications, 0o700),
		os.WriteFile(filepath.Join(applications, "stage.desktop"), fmt.Appendf(nil, desktopFile, browser), 0o600),
		os.WriteFile(s.Path("home/.config/mimeapps.list"), []byte(defaults), 0o600),
	)
}

func (o *opener) collect(r *os.File) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		o.mu.Lock()
		o.count++
		o.mu.Unlock()
		o.queue <- Opened{URL: lines.Text(), At: time.Now()}
	}
}

// Opened waits for the next address that a program wants opened in the browser.
func (s *Stage) Opened(ctx context.Context) (Opened, error) {
	select {
	case o := <-s.opener.queue:
		return o, nil
	case <-ctx.Done():
		return Opened{}, fmt.Errorf("no program opened the browser: %w", ctx.Err())
	}
}

// OpenedCount is how often a program wanted something opened so far.
func (s *Stage) OpenedCount() int {
	s.opener.mu.Lock()
	defer s.opener.mu.Unlock()
	return s.opener.count
}
