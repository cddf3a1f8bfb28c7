//go:build linux

package stage

import (
	"context"
	"fmt"
	"image"
	"slices"
	"time"
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

// Look is a picture of the window's inside.
func (s *Stage) Look(w Window) (*Picture, error) {
	place, err := s.Place(w)
	if err != nil {
		return nil, err
	}
	return s.display.x.capture(place)
}

// Ready waits until Keyfob's window shows more than its title: the buttons beside it come with what it has to show.
func (s *Stage) Ready(ctx context.Context, w Window) error {
	return s.display.until(ctx, fmt.Sprintf("the window %q stays empty", w.Title), func() (bool, error) {
		now, err := s.Look(w)
		if err != nil {
			return false, err
		}
		return !now.part(image.Rect(now.size.X-80, 8, now.size.X-8, 40)).blank(), nil
	})
}

// Settle waits until the window has drawn something and then stays as it is for a moment. A text cursor may blink.
func (s *Stage) Settle(ctx context.Context, w Window) (*Picture, error) {
	const moment = 500 * time.Millisecond
	var last *Picture
	var since time.Time
	err := s.display.until(ctx, fmt.Sprintf("the window %q does not come to rest", w.Title), func() (bool, error) {
		now, err := s.Look(w)
		if err != nil {
			return false, err
		}
		if last == nil || last.differs(now) {
			last, since = now, time.Now()
		}
		return time.Since(since) >= moment && !now.blank(), nil
	})
	return last, err
}

// WaitChange waits until the window looks otherwise than in the picture.
func (s *Stage) WaitChange(ctx context.Context, w Window, from *Picture) error {
	return s.display.until(ctx, fmt.Sprintf("the window %q does not change", w.Title), func() (bool, error) {
		now, err := s.Look(w)
		return err == nil && from.differs(now), err
	})
}

// Snap saves the window's inside as NAME.png.
func (s *Stage) Snap(w Window, name string) (string, error) {
	place, err := s.Place(w)
	if err != nil {
		return "", err
	}
	return s.Screenshot(name, place)
}

// Resize gives the window's inside a size, and moves the window to a corner where all of it is on the screen. It waits
// until the program has drawn itself anew.
func (s *Stage) Resize(ctx context.Context, w Window, size image.Point) error {
	x := s.display.x
	const positionAndSize = 1 | 2 | 4 | 8
	if place, err := s.Place(w); err != nil || place.Size() == size {
		return err
	}
	before := time.Now()
	if err := x.send(xConfigure, 0, w.ID, positionAndSize, 20, 20, uint32(size.X), uint32(size.Y)); err != nil {
		return err
	}
	what := fmt.Sprintf("the window %q does not become %v", w.Title, size)
	return s.display.until(ctx, what, func() (bool, error) {
		place, err := s.Place(w)
		return place.Size() == size && s.display.drawn.covered(place, before), err
	})
}

// CloseWindow asks the window to close, as its close button does.
func (s *Stage) CloseWindow(w Window) error {
	return s.display.x.tellManager("_NET_CLOSE_WINDOW", w.ID)
}
