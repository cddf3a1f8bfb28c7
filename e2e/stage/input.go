//go:build linux

package stage

import (
	"fmt"
	"image"
	"strings"
)

// XTEST is the extension by which a program presses keys and buttons as if a person did.
const (
	xQueryExtension     = 98
	xGetKeyboardMapping = 101
	xFakeInput          = 2 // of XTEST
	keyPress            = 2
	keyRelease          = 3
	buttonPress         = 4
	buttonRelease       = 5
	motion              = 6
	shiftKeysym         = 0xffe1
)

// keysyms are the names of keys that are not a character.
var keysyms = map[string]uint32{
	"Tab": 0xff09, "Return": 0xff0d, "Escape": 0xff1b, "space": 0x20, "BackSpace": 0xff08, "Delete": 0xffff,
	"Left": 0xff51, "Up": 0xff52, "Right": 0xff53, "Down": 0xff54, "Home": 0xff50, "End": 0xff57,
	"shift": shiftKeysym, "ctrl": 0xffe3, "alt": 0xffe9,
}

// keyboard knows which key, with or without shift, makes a character.
type keyboard struct {
	xtest byte // major opcode of the extension
	codes map[uint32]byte
	shift map[uint32]bool
}

func (x *xConn) extension(name string) (major, firstEvent byte, err error) {
	b := le.AppendUint16([]byte{xQueryExtension, 0, 0, 0}, uint16(len(name)))
	if err := x.sendRaw(append(append(b, 0, 0), name...)); err != nil {
		return 0, 0, err
	}
	r, err := x.reply()
	if err != nil {
		return 0, 0, err
	}
	if r[8] == 0 {
		return 0, 0, fmt.Errorf("the display has no %s", name)
	}
	return r[9], r[10], nil
}

// keys reads the keyboard's map: the first two columns are a key without and with shift.
func (x *xConn) keys() (*keyboard, error) {
	const first, count = 8, 248
	k := &keyboard{codes: map[uint32]byte{}, shift: map[uint32]bool{}}
	var err error
	if k.xtest, _, err = x.extension("XTEST"); err != nil {
		return nil, err
	}
	r, err := x.ask(xGetKeyboardMapping, 0, first|count<<8)
	if err != nil {
		return nil, err
	}
	columns := int(r[1])
	for column := range min(columns, 2) {
		for key := range count {
			symbol := le.Uint32(r[32+4*(key*columns+column):])
			if _, known := k.codes[symbol]; !known {
				k.codes[symbol], k.shift[symbol] = byte(first+key), column == 1
			}
		}
	}
	return k, nil
}

// fake presses or releases a key or button, or moves the pointer.
func (x *xConn) fake(k *keyboard, event, detail byte, at image.Point) error {
	return x.send(k.xtest, xFakeInput, uint32(event)|uint32(detail)<<8, 0, x.root, 0, 0,
		uint32(uint16(at.X))|uint32(uint16(at.Y))<<16, 0, 0)
}

// press presses keys in order and releases them in the opposite order.
func (x *xConn) press(k *keyboard, symbols ...uint32) error {
	if len(symbols) == 0 {
		return nil
	}
	code, ok := k.codes[symbols[0]]
	if !ok {
		return fmt.Errorf("the keyboard has no key for %#x", symbols[0])
	}
	if err := x.fake(k, keyPress, code, image.Point{}); err != nil {
		return err
	}
	if err := x.press(k, symbols[1:]...); err != nil {
		return err
	}
	return x.fake(k, keyRelease, code, image.Point{})
}

// symbolsOf reads "ctrl+q" or "Tab".
func symbolsOf(chord string) []uint32 {
	var symbols []uint32
	for name := range strings.SplitSeq(chord, "+") {
		if s, ok := keysyms[name]; ok {
			symbols = append(symbols, s)
		} else {
			symbols = append(symbols, uint32([]rune(name)[0])) // Latin characters are their own keysyms
		}
	}
	return symbols
}

// Key presses keys in the window that has the focus: "Tab", "Return", "ctrl+q".
func (s *Stage) Key(chords ...string) error {
	d := s.display
	for _, chord := range chords {
		if err := d.x.press(d.keys, symbolsOf(chord)...); err != nil {
			return err
		}
	}
	return d.x.sync()
}

// Type types text into the window that has the focus.
func (s *Stage) Type(text string) error {
	d := s.display
	for _, r := range text {
		symbols := []uint32{uint32(r)}
		if d.keys.shift[uint32(r)] {
			symbols = []uint32{shiftKeysym, uint32(r)}
		}
		if err := d.x.press(d.keys, symbols...); err != nil {
			return err
		}
	}
	return d.x.sync()
}

// Click clicks at a point of the window's inside.
func (s *Stage) Click(w Window, at image.Point) error {
	if err := s.Point(w, at); err != nil {
		return err
	}
	d := s.display
	for _, event := range []byte{buttonPress, buttonRelease} {
		if err := d.x.fake(d.keys, event, 1, image.Point{}); err != nil {
			return err
		}
	}
	return d.x.sync()
}

// Point moves the pointer to a point of the window's inside.
func (s *Stage) Point(w Window, at image.Point) error {
	place, err := s.Place(w)
	if err != nil {
		return err
	}
	if err := s.display.x.fake(s.display.keys, motion, 0, place.Min.Add(at)); err != nil {
		return err
	}
	return s.display.x.sync()
}
