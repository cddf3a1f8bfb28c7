//go:build linux

package stage

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"net"
)

// xConn speaks the few words of the X11 protocol that a stage needs: who has a window, where it is, and what the
// screen looks like. It is little code instead of a library and two more programs, and it waits for events
// where those programs look twice a second. The numbers are those of the X Window System Protocol, version 11.
type xConn struct {
	conn          net.Conn
	in            *bufio.Reader
	root          uint32
	width, height int
	seq           uint16
	idBase        uint32
	damage        byte // the event by which the DAMAGE extension says that something was drawn
	atoms         map[string]uint32
}

// X11 requests and masks.
const (
	xCreateWindow  = 1
	xChangeWindow  = 2
	xMapWindow     = 8
	xConfigure     = 12
	xGetGeometry   = 14
	xInternAtom    = 16
	xGetProperty   = 20
	xSendEvent     = 25
	xTranslate     = 40
	xGetFocus      = 43
	xGetImage      = 73
	xSelectEvents  = 1 << 11 // in ChangeWindowAttributes
	xPropertyMask  = 1 << 22
	xStructureMask = 1 << 19 // SubstructureNotify
	xReply         = 1
	xErrorReply    = 0
)

var le = binary.LittleEndian

// dialX connects to a display as other programs do: by its abstract name, which nobody else can take over, or else by
// its file.
func dialX(display int) (*xConn, error) {
	file := fmt.Sprintf("/tmp/.X11-unix/X%d", display)
	conn, err := net.Dial("unix", "@"+file)
	if err != nil {
		conn, err = net.Dial("unix", file)
	}
	if err != nil {
		return nil, err
	}
	x := &xConn{conn: conn, in: bufio.NewReaderSize(conn, 1<<16), atoms: map[string]uint32{}}
	if err := x.greet(); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return x, nil
}

func (x *xConn) greet() error {
	if _, err := x.conn.Write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		return err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(x.in, head); err != nil {
		return err
	}
	body := make([]byte, int(le.Uint16(head[6:]))*4)
	if _, err := io.ReadFull(x.in, body); err != nil {
		return err
	}
	if head[0] != 1 {
		return fmt.Errorf("the display refused us: %q", body)
	}
	x.idBase = le.Uint32(body[4:])
	vendor, formats := int(le.Uint16(body[16:])), int(body[21])
	screen := body[32+(vendor+3)/4*4+8*formats:]
	x.root = le.Uint32(screen)
	x.width, x.height = int(le.Uint16(screen[20:])), int(le.Uint16(screen[22:]))
	return nil
}

// send writes one request: its number, its second byte, and its words.
func (x *xConn) send(op, detail byte, words ...uint32) error {
	b := []byte{op, detail, 0, 0}
	for _, w := range words {
		b = le.AppendUint32(b, w)
	}
	return x.sendRaw(b)
}

func (x *xConn) sendRaw(b []byte) error {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	le.PutUint16(b[2:], uint16(len(b)/4))
	x.seq++
	_, err := x.conn.Write(b)
	return err
}

// reply reads until the answer to the last request; events in between are dropped.
func (x *xConn) reply() ([]byte, error) {
	for {
		packet, err := x.packet()
		if err != nil {
			return nil, err
		}
		if le.Uint16(packet[2:]) != x.seq {
			continue
		}
		switch packet[0] {
		case xReply:
			return packet, nil
		case xErrorReply:
			return nil, fmt.Errorf("X error %d", packet[1])
		}
	}
}

func (x *xConn) packet() ([]byte, error) {
	packet := make([]byte, 32)
	if _, err := io.ReadFull(x.in, packet); err != nil {
		return nil, err
	}
	if packet[0] != xReply {
		return packet, nil
	}
	packet = append(packet, make([]byte, int(le.Uint32(packet[4:]))*4)...)
	_, err := io.ReadFull(x.in, packet[32:])
	return packet, err
}

func (x *xConn) ask(op, detail byte, words ...uint32) ([]byte, error) {
	if err := x.send(op, detail, words...); err != nil {
		return nil, err
	}
	return x.reply()
}

func (x *xConn) atom(name string) (uint32, error) {
	if a, ok := x.atoms[name]; ok {
		return a, nil
	}
	b := le.AppendUint16([]byte{xInternAtom, 0, 0, 0}, uint16(len(name)))
	if err := x.sendRaw(append(append(b, 0, 0), name...)); err != nil {
		return 0, err
	}
	r, err := x.reply()
	if err != nil {
		return 0, err
	}
	x.atoms[name] = le.Uint32(r[8:])
	return x.atoms[name], nil
}

// property reads a window's property, whatever its type; nil if it has none.
func (x *xConn) property(window uint32, name string) ([]byte, error) {
	a, err := x.atom(name)
	if err != nil {
		return nil, err
	}
	r, err := x.ask(xGetProperty, 0, window, a, 0, 0, 4096)
	if err != nil {
		return nil, err
	}
	size := int(le.Uint32(r[16:])) * int(r[1]) / 8
	return r[32 : 32+size], nil
}

func (x *xConn) words(window uint32, name string) ([]uint32, error) {
	data, err := x.property(window, name)
	var words []uint32
	for ; len(data) >= 4; data = data[4:] {
		words = append(words, le.Uint32(data))
	}
	return words, err
}

// place is where a window's inside is on the screen.
func (x *xConn) place(window uint32) (image.Rectangle, error) {
	g, err := x.ask(xGetGeometry, 0, window)
	if err != nil {
		return image.Rectangle{}, err
	}
	t, err := x.ask(xTranslate, 0, window, x.root, 0)
	if err != nil {
		return image.Rectangle{}, err
	}
	corner := image.Pt(int(int16(le.Uint16(t[12:]))), int(int16(le.Uint16(t[14:]))))
	size := image.Pt(int(le.Uint16(g[16:])), int(le.Uint16(g[18:])))
	return image.Rectangle{Min: corner, Max: corner.Add(size)}, nil
}

// capture reads a part of the screen.
func (x *xConn) capture(part image.Rectangle) (*Picture, error) {
	part = part.Intersect(image.Rect(0, 0, x.width, x.height))
	if part.Empty() {
		return &Picture{}, nil
	}
	r, err := x.ask(xGetImage, 2, x.root, uint32(part.Min.X)|uint32(part.Min.Y)<<16,
		uint32(part.Dx())|uint32(part.Dy())<<16, 0xffffffff)
	if err != nil {
		return nil, err
	}
	return &Picture{size: part.Size(), data: r[32 : 32+part.Dx()*part.Dy()*pixelBytes]}, nil
}

func (x *xConn) pixel(at image.Point) (color.RGBA, error) {
	p, err := x.capture(image.Rectangle{Min: at, Max: at.Add(image.Pt(1, 1))})
	if err != nil || len(p.data) == 0 {
		return color.RGBA{}, err
	}
	return p.at(0, 0), nil
}

// watchRoot asks for events about windows that come and go, and about the window manager's lists.
func (x *xConn) watchRoot() error {
	return x.send(xChangeWindow, 0, x.root, xSelectEvents, xPropertyMask|xStructureMask)
}

// sync waits until the display has worked off what was sent.
func (x *xConn) sync() error {
	_, err := x.ask(xGetFocus, 0)
	return err
}

// tellManager sends the window manager one of its messages (EWMH) about a window.
func (x *xConn) tellManager(message string, window uint32) error {
	a, err := x.atom(message)
	if err != nil {
		return err
	}
	const clientMessage, format32, toManager = 33, 32, 1<<19 | 1<<20
	event := []uint32{clientMessage | format32<<8, window, a, 0, 0, 0, 0, 0}
	if err := x.send(xSendEvent, 0, append([]uint32{x.root, toManager}, event...)...); err != nil {
		return err
	}
	return x.sync()
}

// openWindow shows an empty window of our own, so that something else has the focus.
func (x *xConn) openWindow(place image.Rectangle) (uint32, error) {
	id := x.idBase + 1
	const inputOutput = 1 << 16
	err := x.send(xCreateWindow, 0, id, x.root, uint32(place.Min.X)|uint32(place.Min.Y)<<16,
		uint32(place.Dx())|uint32(place.Dy())<<16, inputOutput, 0, 0)
	if err != nil {
		return 0, err
	}
	return id, x.send(xMapWindow, 0, id)
}
