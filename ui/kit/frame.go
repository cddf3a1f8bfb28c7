package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// Frame is a window with a page that scrolls and sheets on top of it. It makes every key work wherever the focus is:
// the canvas has the keys that nobody uses, and the controls pass theirs on to it.
type Frame struct {
	Page    *container.Scroll // what lies below all sheets
	Changed func()            // called when a sheet has come or gone; may be nil

	canvas    fyne.Canvas
	sheets    []*Sheet // the last one is on top
	shortcuts map[string]func()
}

// NewFrame takes over the keys of a window's canvas.
func NewFrame(c fyne.Canvas) *Frame {
	f := &Frame{canvas: c, shortcuts: map[string]func(){}}
	c.SetOnTypedKey(f.UnusedKey)
	return f
}

// Key is a shortcut: a key with Ctrl, or Cmd on macOS.
func Key(key fyne.KeyName) fyne.Shortcut {
	return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
}

// Bind gives a shortcut something to do. alone: not while a sheet asks something else.
func (f *Frame) Bind(key fyne.KeyName, alone bool, do func()) {
	s := Key(key)
	f.shortcuts[s.ShortcutName()] = func() {
		if !alone || len(f.sheets) == 0 {
			do()
		}
	}
	f.canvas.AddShortcut(s, func(s fyne.Shortcut) { f.Shortcut(s) })
}

// Shortcut does what s is for, and tells whether it is one of ours.
func (f *Frame) Shortcut(s fyne.Shortcut) bool {
	do := f.shortcuts[s.ShortcutName()]
	if do == nil {
		return false
	}
	do()
	return true
}

// UnusedKey is for keys that the focused control has no use for: Escape leaves a sheet, Enter agrees to it, and others
// move through it.
func (f *Frame) UnusedKey(e *fyne.KeyEvent) {
	s := f.Top()
	switch {
	case s == nil:
	case e.Name == fyne.KeyEscape && s.OnEscape != nil:
		s.OnEscape()
	case e.Name == fyne.KeyEscape:
		s.Close()
	case (e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter) && s.enter != nil:
		s.enter.Press()
	default:
		move(s.Scroll, e.Name)
	}
}

// Focus leads the keyboard to o.
func (f *Frame) Focus(o fyne.Focusable) { f.canvas.Focus(o) }

// Focused is what has the keyboard.
func (f *Frame) Focused() fyne.Focusable { return f.canvas.Focused() }

// Top is the sheet on top of all; nil where there is none.
func (f *Frame) Top() *Sheet {
	if len(f.sheets) == 0 {
		return nil
	}
	return f.sheets[len(f.sheets)-1]
}

// Sheets are all that are open, the one on top last.
func (f *Frame) Sheets() []*Sheet { return slices.Clone(f.sheets) }

// Reveal scrolls so far that a control can be seen.
func (f *Frame) Reveal(o fyne.CanvasObject) {
	if b, ok := o.(*Button); ok && b.Fixed {
		return
	}
	scroll := f.Page
	if s := f.Top(); s != nil {
		scroll = s.Scroll
	}
	ScrollTo(scroll, o)
}

// MenuItem is a line of a menu; key may be nil.
func MenuItem(label string, key fyne.Shortcut, do func()) *fyne.MenuItem {
	i := fyne.NewMenuItem(label, do)
	i.Shortcut = key
	return i
}

// PopUp shows a menu below the button that asks for it.
func (f *Frame) PopUp(at *Button, items ...*fyne.MenuItem) {
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), f.canvas)
	below := fyne.NewPos(at.Size().Width-menu.Size().Width, at.Size().Height+Grid/2)
	menu.ShowAtRelativePosition(below, at)
}
