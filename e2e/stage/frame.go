//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"time"
)

// The DAMAGE extension reports each time something is drawn.
const (
	damageQueryVersion = 0
	damageCreate       = 1
	rawRectangles      = 0
	xMapNotify         = 19
)

// FirstFrame starts a program and measures the time until its first window has drawn something. The stage must have no
// window manager, whose work would be measured too, and no other window.
func (s *Stage) FirstFrame(ctx context.Context, path string, args ...string) (time.Duration, *Process, error) {
	x, err := s.watchDrawing()
	if err != nil {
		return 0, nil, err
	}
	defer x.conn.Close()
	defer context.AfterFunc(ctx, func() { _ = x.conn.SetReadDeadline(time.Now()) })()
	before := time.Now()
	p, err := s.Start(ctx, path, args...)
	if err != nil {
		return 0, nil, err
	}
	if err := s.waitDrawn(x); err != nil {
		return 0, nil, errors.Join(fmt.Errorf("%s draws nothing: %w\n%s", p.Name, err, p.Output()), p.End())
	}
	return time.Since(before), p, nil
}

// watchDrawing opens a connection on which each new window and each drawing is an event.
func (s *Stage) watchDrawing() (*xConn, error) {
	x, err := dialX(s.display.number)
	if err != nil {
		return nil, err
	}
	damage, _, err := x.extension("DAMAGE")
	if err == nil {
		_, err = x.ask(damage, damageQueryVersion, 1, 1)
	}
	if err == nil {
		err = x.send(damage, damageCreate, x.idBase+1, x.root, rawRectangles)
	}
	if err == nil {
		err = x.watchRoot()
	}
	if err == nil {
		err = x.sync()
	}
	if err != nil {
		return nil, errors.Join(err, x.conn.Close())
	}
	return x, nil
}

// waitDrawn waits for a window, and then until its corner is no longer the black of the empty screen.
func (s *Stage) waitDrawn(x *xConn) error {
	var corner image.Point
	for {
		event, err := x.packet()
		if err != nil {
			return err
		}
		if event[0] == xMapNotify {
			place, err := s.display.x.place(le.Uint32(event[8:]))
			if err != nil {
				return err
			}
			corner = place.Min.Add(image.Pt(4, 4))
		}
		if corner == (image.Point{}) {
			continue
		}
		if c, err := s.display.x.pixel(corner); err != nil || c != (color.RGBA{A: 0xff}) {
			return err
		}
	}
}
