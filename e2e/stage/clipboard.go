//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
)

// X11's selections: what is copied stays with the program that copied it, which is asked for it.
const (
	xConvertSelection = 24
	xSelectionNotify  = 31
	clipboard         = "CLIPBOARD"
	pasted            = "KEYFOB_PASTED" // the property in which the answer comes
)

// Clipboard is what a person would paste: the empty string where nobody has copied anything, or no longer has it.
func (s *Stage) Clipboard(ctx context.Context) (string, error) {
	x, err := dialX(s.display.number)
	if err != nil {
		return "", err
	}
	defer context.AfterFunc(ctx, func() { _ = x.conn.Close() })()
	text, err := x.paste()
	return text, errors.Join(err, x.conn.Close())
}

// paste asks for the clipboard's text. Where nobody has any, the display itself answers.
func (x *xConn) paste() (string, error) {
	const inputOutput, onePixel, now = 1 << 16, 1 | 1<<16, 0
	id := x.idBase + 1
	if err := x.send(xCreateWindow, 0, id, x.root, 0, onePixel, inputOutput, 0, 0); err != nil {
		return "", err
	}
	var atoms []uint32
	for _, name := range []string{clipboard, "UTF8_STRING", pasted} {
		a, err := x.atom(name)
		if err != nil {
			return "", err
		}
		atoms = append(atoms, a)
	}
	if err := x.send(xConvertSelection, 0, id, atoms[0], atoms[1], atoms[2], now); err != nil {
		return "", err
	}
	for {
		event, err := x.packet()
		if err != nil {
			return "", fmt.Errorf("whoever has the clipboard does not answer: %w", err)
		}
		if event[0]&0x7f != xSelectionNotify {
			continue
		}
		if property := le.Uint32(event[20:]); property == 0 {
			return "", nil
		}
		text, err := x.property(id, pasted)
		return string(text), err
	}
}

// WaitClipboard waits until the clipboard has that text.
func (s *Stage) WaitClipboard(ctx context.Context, text string) error {
	var last string
	err := s.display.until(ctx, "the clipboard has another text", func() (ok bool, err error) {
		last, err = s.Clipboard(ctx)
		return last == text, err
	})
	if err != nil {
		return fmt.Errorf("%w (%d characters)", err, len(last))
	}
	return nil
}
