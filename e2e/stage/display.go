//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// screenSize is the virtual screen.
const screenSize = "1280x900x24"

// Display is the virtual screen, with its windows.
type Display struct {
	number int
	x      *xConn // asks
	keys   *keyboard
	events chan struct{} // something about windows changed
	drawn  drawings
}

// startDisplay starts a virtual screen under the first free number.
func (s *Stage) startDisplay(ctx context.Context) error {
	path, err := need("Xvfb")
	if err != nil {
		return err
	}
	number, err := s.readyNumber(ctx, exec.CommandContext(ctx, path,
		"-displayfd", "3", "-screen", "0", screenSize, "-nolisten", "tcp", "-noreset"))
	if err != nil {
		return err
	}
	d := &Display{number: number, events: make(chan struct{}, 1)}
	if d.x, err = dialX(number); err != nil {
		return err
	}
	s.closers = append(s.closers, d.x.conn.Close)
	if d.keys, err = d.x.keys(); err != nil {
		return err
	}
	if err := d.watch(s); err != nil {
		return err
	}
	s.display = d
	s.env = append(s.env, fmt.Sprintf("DISPLAY=:%d", number))
	return nil
}

// readyNumber starts a program that writes a number to file descriptor 3 when it is ready.
func (s *Stage) readyNumber(ctx context.Context, cmd *exec.Cmd) (int, error) {
	text, err := s.readyLine(ctx, cmd)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(text))
}

// readyLine starts a program that writes a line to file descriptor 3 when it is ready.
func (s *Stage) readyLine(ctx context.Context, cmd *exec.Cmd) (string, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer r.Close()
	cmd.ExtraFiles = []*os.File{w}
	p, err := s.start(cmd)
	_ = w.Close()
	if err != nil {
		return "", err
	}
	return line(ctx, r, p)
}

// watch turns the display's events into wake-ups, on a connection of its own, and remembers what was drawn.
func (d *Display) watch(s *Stage) error {
	x, err := watchDrawing(d.number)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, x.conn.Close)
	go func() {
		for {
			event, err := x.packet()
			if err != nil {
				return
			}
			if area, ok := x.drawing(event); ok {
				d.drawn.add(area)
			}
			select {
			case d.events <- struct{}{}:
			default:
			}
		}
	}()
	return nil
}

// startManager starts a window manager: without one no window gets the focus. It says when it is ready by a command
// that it runs then.
func (s *Stage) startManager(ctx context.Context) error {
	path, err := need("openbox")
	if err != nil {
		return err
	}
	fifo := s.Path("manager-ready")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		return err
	}
	r, err := os.OpenFile(fifo, os.O_RDWR, 0) // both ways: opening does not wait for the other end
	if err != nil {
		return err
	}
	defer r.Close()
	p, err := s.start(exec.CommandContext(ctx, path, "--startup", "sh -c 'echo ready >"+fifo+"'"))
	if err != nil {
		return err
	}
	_, err = line(ctx, r, p)
	return err
}

// until asks again after each event of the display, until done says so or ctx ends. What happens inside a window that
// the manager has framed does not reach us as an event, so it also asks now and then.
func (d *Display) until(ctx context.Context, what string, done func() (bool, error)) error {
	now := time.NewTicker(50 * time.Millisecond)
	defer now.Stop()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-d.events:
		case <-now.C:
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		}
	}
}

// screen is all of it.
func (d *Display) screen() image.Rectangle { return image.Rect(0, 0, d.x.width, d.x.height) }

// Screenshot saves a part of the screen as NAME.png, and returns the path.
func (s *Stage) Screenshot(name string, part image.Rectangle) (string, error) {
	p, err := s.display.x.capture(part)
	if err != nil {
		return "", err
	}
	return s.savePNG(name, p.image())
}

func (s *Stage) savePNG(name string, img image.Image) (string, error) {
	if err := os.MkdirAll(s.Screens, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(s.Screens, name+".png")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	return path, errors.Join(png.Encode(f, img), f.Close())
}
