package kit

import (
	"image/color"
	"slices"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Field is a line to type in.
type Field struct {
	widget.Entry
	Around fyne.CanvasObject // what belongs to it and is to be seen with it: its name, and what is said of it

	frame   *Frame
	focused bool
}

// NewField makes a field; changed is told each change, and may be nil.
func (f *Frame) NewField(changed func(string)) *Field {
	e := &Field{frame: f}
	e.Around = e
	e.ExtendBaseWidget(e)
	e.OnChanged = changed
	e.OnSubmitted = func(string) { f.UnusedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) }
	return e
}

// Put has a value stand in the field, to be typed on.
func (f *Field) Put(s string) {
	f.SetText(s)
	f.CursorColumn = utf8.RuneCountInString(s)
	f.Refresh()
}

// Focused tells whether somebody types here.
func (f *Field) Focused() bool { return f.focused }

// TypedKey passes on what an entry does not use.
func (f *Field) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		f.frame.UnusedKey(e)
		return
	}
	f.Entry.TypedKey(e)
}

// AcceptsTab implements fyne.Tabbable: Tab goes on to the next control, also from where one may type several lines.
func (f *Field) AcceptsTab() bool { return false }

// TypedShortcut passes the window's shortcuts on.
func (f *Field) TypedShortcut(s fyne.Shortcut) {
	if !f.frame.Shortcut(s) {
		f.Entry.TypedShortcut(s)
	}
}

// FocusGained shows the ring and brings the field into view.
func (f *Field) FocusGained() {
	f.focused = true
	f.Entry.FocusGained()
	f.frame.Reveal(f.Around)
}

// FocusLost implements fyne.Focusable.
func (f *Field) FocusLost() {
	f.focused = false
	f.Entry.FocusLost()
}

// CreateRenderer implements fyne.Widget. An entry of Fyne's shows the focus by the colour of a hairline alone.
func (f *Field) CreateRenderer() fyne.WidgetRenderer {
	ring := canvas.NewRectangle(color.Transparent)
	ring.StrokeWidth, ring.CornerRadius = 2, Grid
	return &fieldRenderer{f.Entry.CreateRenderer(), f, ring}
}

type fieldRenderer struct {
	fyne.WidgetRenderer
	f    *Field
	ring *canvas.Rectangle
}

func (r *fieldRenderer) Objects() []fyne.CanvasObject {
	return append(slices.Clip(r.WidgetRenderer.Objects()), r.ring)
}

func (r *fieldRenderer) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.ring.Resize(size)
}

func (r *fieldRenderer) Refresh() {
	r.WidgetRenderer.Refresh()
	r.ring.StrokeColor = color.Transparent
	if r.f.focused {
		r.ring.StrokeColor = paint(theme.ColorNamePrimary)
	}
	r.ring.Refresh()
}
