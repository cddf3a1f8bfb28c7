//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"
	"sync"
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
func (s *Stage) FirstFrame(ctx context.Context, path string, args ...string) (time.Duration, Window, error) {
	x, err := watchDrawing(s.display.number)
	if err != nil {
		return 0, Window{}, err
	}
	defer x.conn.Close()
	defer context.AfterFunc(ctx, func() { _ = x.conn.SetReadDeadline(time.Now()) })()
	before := time.Now()
	p, err := s.Start(ctx, path, args...)
	if err != nil {
		return 0, Window{}, err
	}
	id, err := s.waitDrawn(x)
	took := time.Since(before)
	if err != nil {
		return 0, Window{}, errors.Join(fmt.Errorf("%s draws nothing: %w\n%s", p.Name, err, p.Output()), p.End())
	}
	return took, Window{ID: id, Title: p.Name, PID: p.PID()}, nil
}

// watchDrawing opens a connection on which each new window and each drawing is an event.
func watchDrawing(display int) (*xConn, error) {
	x, err := dialX(display)
	if err != nil {
		return nil, err
	}
	major, first, err := x.extension("DAMAGE")
	if err == nil {
		_, err = x.ask(major, damageQueryVersion, 1, 1)
	}
	if err == nil {
		err = x.send(major, damageCreate, x.idBase+1, x.root, rawRectangles)
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
	x.damage = first
	return x, nil
}

// drawing is the part of the screen that an event says was drawn.
func (x *xConn) drawing(event []byte) (image.Rectangle, bool) {
	if event[0]&0x7f != x.damage {
		return image.Rectangle{}, false
	}
	corner := image.Pt(int(int16(le.Uint16(event[16:]))), int(int16(le.Uint16(event[18:]))))
	size := image.Pt(int(le.Uint16(event[20:])), int(le.Uint16(event[22:])))
	return image.Rectangle{Min: corner, Max: corner.Add(size)}, true
}

// drawings remembers what was drawn on the screen of late.
type drawings struct {
	mu   sync.Mutex
	last []drawing
}

type drawing struct {
	area image.Rectangle
	at   time.Time
}

func (d *drawings) add(area image.Rectangle) {
	const kept = 1000
	d.mu.Lock()
	defer d.mu.Unlock()
	d.last = append(d.last, drawing{area, time.Now()})
	if len(d.last) > 2*kept {
		d.last = slices.Clone(d.last[kept:])
	}
}

// covered tells whether as much was drawn since then as fills that part of the screen.
func (d *drawings) covered(part image.Rectangle, since time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	pixels := 0
	for _, one := range slices.Backward(d.last) {
		if one.at.Before(since) {
			break
		}
		size := one.area.Intersect(part).Size()
		pixels += size.X * size.Y
	}
	return pixels >= part.Dx()*part.Dy()
}

// waitDrawn waits for a window, and then until its corner is no longer the black of the empty screen.
func (s *Stage) waitDrawn(x *xConn) (window uint32, err error) {
	var corner image.Point
	for {
		event, err := x.packet()
		if err != nil {
			return 0, err
		}
		if event[0] == xMapNotify {
			place, err := s.display.x.place(le.Uint32(event[8:]))
			if err != nil {
				continue // a window that was only tried out
			}
			window, corner = le.Uint32(event[8:]), place.Min.Add(image.Pt(4, 4))
		}
		if corner == (image.Point{}) {
			continue
		}
		if c, err := s.display.x.pixel(corner); err != nil || c != (color.RGBA{A: 0xff}) {
			return window, err
		}
	}
}
