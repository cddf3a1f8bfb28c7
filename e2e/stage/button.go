//go:build linux

package stage

import (
	"context"
	"fmt"
	"image"
	"image/color"

	"keyfob/assets"
)

// PressPrimary clicks the one button that the window offers as the thing to do, as soon as there is one.
func (s *Stage) PressPrimary(ctx context.Context, w Window) error {
	at, err := s.FindPrimary(ctx, w)
	if err != nil {
		return err
	}
	return s.Click(w, at)
}

// FindPrimary finds that button as a person does: by its colour, which nothing else of that size has. Under the pointer
// it has another one, so the pointer goes away first.
func (s *Stage) FindPrimary(ctx context.Context, w Window) (at image.Point, err error) {
	if err := s.Point(w, image.Pt(2, 2)); err != nil {
		return at, err
	}
	what := fmt.Sprintf("the window %q offers nothing to press", w.Title)
	err = s.display.until(ctx, what, func() (found bool, err error) {
		now, err := s.Look(w)
		if err != nil {
			return false, err
		}
		at, found = primaryButton(now)
		return found, nil
	})
	return at, err
}

// primaryButton is the middle of the first surface in the accent colour that is as large as a button.
func primaryButton(p *Picture) (image.Point, bool) {
	const width, height = 40, 20
	for _, accent := range []assets.RGB{assets.Light.Accent, assets.Dark.Accent} {
		filled := color.RGBAModel.Convert(accent).(color.RGBA)
		for y := range p.size.Y {
			x, run := p.longestRun(y, filled)
			if run < width {
				continue
			}
			bottom := y
			for bottom < p.size.Y && p.at(x+1, bottom) == filled {
				bottom++
			}
			if bottom-y >= height {
				return image.Pt(x+run/2, (y+bottom)/2), true
			}
		}
	}
	return image.Point{}, false
}
