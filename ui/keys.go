package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/account"
)

// The window's shortcuts, with Ctrl, or Cmd on macOS.
var (
	keyAdd   = shortcutFor(fyne.KeyN)
	keyOpen  = shortcutFor(fyne.KeyO)
	keyQuit  = shortcutFor(fyne.KeyQ)
	keyClose = shortcutFor(fyne.KeyW)
)

func shortcutFor(key fyne.KeyName) *desktop.CustomShortcut {
	return &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
}

// bindKeys makes every key work wherever the focus is: the canvas has those that nobody uses, and the controls pass
// theirs on to it.
func (w *Window) bindKeys() {
	alone := func(f func()) func() { // not while a sheet asks something else
		return func() {
			if len(w.sheets) == 0 {
				f()
			}
		}
	}
	w.shortcuts = map[string]func(){
		keyAdd.ShortcutName():   alone(w.openAdd),
		keyOpen.ShortcutName():  alone(w.chooseFile),
		keyQuit.ShortcutName():  w.leave,
		keyClose.ShortcutName(): w.leave,
	}
	for _, s := range []fyne.Shortcut{keyAdd, keyOpen, keyQuit, keyClose} {
		w.win.Canvas().AddShortcut(s, func(s fyne.Shortcut) { w.shortcut(s) })
	}
	w.win.Canvas().SetOnTypedKey(w.unusedKey)
}

// shortcut does what s is for, and tells whether it is one of ours.
func (w *Window) shortcut(s fyne.Shortcut) bool {
	f := w.shortcuts[s.ShortcutName()]
	if f == nil {
		return false
	}
	f()
	return true
}

// unusedKey is for keys that the focused control has no use for: Escape leaves a sheet, Enter agrees to it, and others
// move through it.
func (w *Window) unusedKey(e *fyne.KeyEvent) {
	s := w.topSheet()
	switch {
	case s == nil:
	case e.Name == fyne.KeyEscape && w.prompt != nil:
		w.prompt.answer(account.Refused)
	case e.Name == fyne.KeyEscape:
		s.close()
	case (e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter) && s.enter != nil:
		s.enter.press()
	default:
		s.move(e.Name)
	}
}

// move scrolls a long sheet by keyboard.
func (s *sheet) move(key fyne.KeyName) {
	const line = 5 * grid
	by, page := float32(0), s.scroll.Size().Height-line
	switch key {
	case fyne.KeyUp:
		by = -line
	case fyne.KeyDown:
		by = line
	case fyne.KeyPageUp:
		by = -page
	case fyne.KeyPageDown:
		by = page
	}
	s.scroll.ScrollToOffset(s.scroll.Offset.AddXY(0, by))
}

// reveal scrolls so far that the focused control can be seen.
func (w *Window) reveal(o fyne.CanvasObject) {
	scroll := w.home.scroll
	if s := w.topSheet(); s != nil {
		scroll = s.scroll
	}
	if b, ok := o.(*button); ok && b.fixed {
		return
	}
	scrollTo(scroll, o)
}

func scrollTo(scroll *container.Scroll, o fyne.CanvasObject) {
	above := grid - below(scroll, o)
	below := -above + 2*grid + o.Size().Height - scroll.Size().Height
	switch offset := scroll.Offset; {
	case above > 0:
		scroll.ScrollToOffset(offset.SubtractXY(0, above))
	case below > 0:
		scroll.ScrollToOffset(offset.AddXY(0, min(below, -above)))
	}
}

// below is how far o stands below the upper edge of scroll. Fyne's driver does not know of what it has not drawn yet,
// such as a field that has just been unfolded; so the containers tell, and it is asked only where o is part of a widget.
func below(scroll *container.Scroll, o fyne.CanvasObject) float32 {
	if y, ok := heightIn(scroll.Content, o); ok {
		return y - scroll.Offset.Y
	}
	driver := fyne.CurrentApp().Driver()
	return driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(scroll).Y
}

// heightIn is how far below the upper edge of root o stands, if there are only containers between the two.
func heightIn(root, o fyne.CanvasObject) (y float32, ok bool) {
	if root == o {
		return 0, true
	}
	c, ok := root.(*fyne.Container)
	if !ok {
		return 0, false
	}
	for _, child := range c.Objects {
		if y, ok := heightIn(child, o); ok {
			return child.Position().Y + y, true
		}
	}
	return 0, false
}

// menuItem is a line of a menu.
func menuItem(label string, key fyne.Shortcut, do func()) *fyne.MenuItem {
	i := fyne.NewMenuItem(label, do)
	i.Shortcut = key
	return i
}

// popUp shows a menu below the button that asks for it.
func (w *Window) popUp(at *button, items ...*fyne.MenuItem) {
	menu := widget.NewPopUpMenu(fyne.NewMenu("", items...), w.win.Canvas())
	below := fyne.NewPos(at.Size().Width-menu.Size().Width, at.Size().Height+grid/2)
	menu.ShowAtRelativePosition(below, at)
}
