//go:build linux

package stage

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"os/exec"
	"slices"
	"strconv"
)

// Window is one window on the display.
type Window struct {
	ID    uint32
	Title string
	PID   int
}

// Window waits for a window with that title.
func (s *Stage) Window(ctx context.Context, title string) (Window, error) {
	var found Window
	err := s.display.until(ctx, fmt.Sprintf("there is no window %q", title), func() (bool, error) {
		windows, err := s.Windows()
		i := slices.IndexFunc(windows, func(w Window) bool { return w.Title == title })
		if i >= 0 {
			found = windows[i]
		}
		return i >= 0, err
	})
	return found, err
}

// NoWindow waits until there is no window with that title.
func (s *Stage) NoWindow(ctx context.Context, title string) error {
	return s.display.until(ctx, fmt.Sprintf("the window %q is still there", title), func() (bool, error) {
		windows, err := s.Windows()
		return !slices.ContainsFunc(windows, func(w Window) bool { return w.Title == title }), err
	})
}

// Windows are the windows that the window manager shows.
func (s *Stage) Windows() ([]Window, error) {
	x := s.display.x
	ids, err := x.words(x.root, "_NET_CLIENT_LIST")
	if err != nil {
		return nil, err
	}
	var windows []Window
	for _, id := range ids {
		title, err := x.property(id, "_NET_WM_NAME")
		if err != nil {
			continue // closed meanwhile
		}
		w := Window{ID: id, Title: string(title)}
		if pid, err := x.words(id, "_NET_WM_PID"); err == nil && len(pid) == 1 {
			w.PID = int(pid[0])
		}
		windows = append(windows, w)
	}
	return windows, nil
}

// WaitActive waits until a window has the focus.
func (s *Stage) WaitActive(ctx context.Context, w Window) error {
	x := s.display.x
	return s.display.until(ctx, fmt.Sprintf("the window %q does not come forward", w.Title), func() (bool, error) {
		active, err := x.words(x.root, "_NET_ACTIVE_WINDOW")
		return len(active) == 1 && active[0] == w.ID, err
	})
}

// Distract puts an empty window of somebody else's in front, with the focus.
func (s *Stage) Distract(ctx context.Context) error {
	id, err := s.display.x.openWindow(image.Rect(40, 40, 1240, 860))
	if err != nil {
		return err
	}
	return s.WaitActive(ctx, Window{ID: id, Title: "somebody else's"})
}

// Place is where the window's inside is on the screen.
func (s *Stage) Place(w Window) (image.Rectangle, error) { return s.display.x.place(w.ID) }

// Pixel is the colour at a point of the window's inside.
func (s *Stage) Pixel(w Window, at image.Point) (color.RGBA, error) {
	place, err := s.Place(w)
	if err != nil {
		return color.RGBA{}, err
	}
	return s.display.x.pixel(place.Min.Add(at))
}

// Snap saves the window's inside as NAME.png.
func (s *Stage) Snap(w Window, name string) (string, error) {
	place, err := s.Place(w)
	if err != nil {
		return "", err
	}
	return s.Screenshot(name, place)
}

// Resize gives the window's inside a size.
func (s *Stage) Resize(ctx context.Context, w Window, width, height int) error {
	if err := s.xdotool(ctx, "windowsize", "--sync", w.id(), strconv.Itoa(width), strconv.Itoa(height)); err != nil {
		return err
	}
	return s.xdotool(ctx, "windowmove", w.id(), "20", "20")
}

// Key presses keys in the window that has the focus: "Tab", "Return", "ctrl+q".
func (s *Stage) Key(ctx context.Context, keys ...string) error {
	return s.xdotool(ctx, append([]string{"key", "--delay", "30"}, keys...)...)
}

// Type types text into the window that has the focus.
func (s *Stage) Type(ctx context.Context, text string) error {
	return s.xdotool(ctx, "type", "--delay", "10", text)
}

// Click clicks at a point of the window's inside.
func (s *Stage) Click(ctx context.Context, w Window, at image.Point) error {
	return s.xdotool(ctx, "mousemove", "--sync", "--window", w.id(), strconv.Itoa(at.X), strconv.Itoa(at.Y), "click", "1")
}

// CloseWindow asks the window to close, as its close button does.
func (s *Stage) CloseWindow(ctx context.Context, w Window) error {
	return s.xdotool(ctx, "windowclose", w.id())
}

func (w Window) id() string { return strconv.FormatUint(uint64(w.ID), 10) }

func (s *Stage) xdotool(ctx context.Context, args ...string) error {
	path, err := need("xdotool")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = s.env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("xdotool %s: %w: %s", args[0], err, out)
	}
	return nil
}
