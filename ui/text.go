package ui

import (
	"image/color"
	"slices"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/words"
)

// text is wrapped text without padding of its own.
type text struct {
	widget.BaseWidget
	label *widget.Label
}

// newText makes text; options style it.
func newText(s string, options ...func(*widget.Label)) *text {
	l := widget.NewLabel(s)
	l.Wrapping = fyne.TextWrapWord
	for _, o := range options {
		o(l)
	}
	t := &text{label: l}
	t.ExtendBaseWidget(t)
	return t
}

// The styles.
func strong(l *widget.Label) { l.TextStyle.Bold = true }
func muted(l *widget.Label)  { l.Importance = widget.LowImportance }
func small(l *widget.Label)  { l.SizeName = theme.SizeNameCaptionText }
func large(l *widget.Label)  { l.SizeName = theme.SizeNameSubHeadingText }

func centred(l *widget.Label) { l.Alignment = fyne.TextAlignCenter }

// oneLine cuts with an ellipsis instead of wrapping.
func oneLine(l *widget.Label) {
	l.Wrapping, l.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis
}

// whole is as wide as its words.
func whole(l *widget.Label) { l.Wrapping = fyne.TextWrapOff }

// anywhere wraps addresses, which have no words.
func anywhere(l *widget.Label) { l.Wrapping = fyne.TextWrapBreak }

// set changes the words, and hides the text while there are none. The same words change nothing: a selection stays.
func (t *text) set(s string) {
	if t.label.Text != s {
		t.label.SetText(s)
		t.Refresh()
	}
	show(t, s != "")
}

// CreateRenderer implements fyne.Widget.
func (t *text) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(tight{}, t.label))
}

// show shows or hides o; what is already so stays untouched.
func show(o fyne.CanvasObject, visible bool) {
	switch {
	case o.Visible() == visible:
	case visible:
		o.Show()
	default:
		o.Hide()
	}
}

// remark is a line of text with the mark of its tone.
type remark struct {
	widget.BaseWidget
	mark *mark
	text *text
}

func newRemark(options ...func(*widget.Label)) *remark {
	r := &remark{mark: newMark(), text: newText("", options...)}
	r.ExtendBaseWidget(r)
	r.Hide()
	return r
}

// set changes tone and words; no words hide the line.
func (r *remark) set(tone words.Tone, s string) {
	r.mark.set(tone)
	r.text.set(s)
	show(r, s != "")
}

// CreateRenderer implements fyne.Widget.
func (r *remark) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(row{gap: grid, grow: 1, top: true}, r.mark, r.text))
}

// field is a line to type in.
type field struct {
	widget.Entry
	w       *Window
	around  fyne.CanvasObject // what belongs to it and is to be seen with it: its name, and what is said of it
	focused bool
}

func (w *Window) newField(changed func(string)) *field {
	f := &field{w: w}
	f.around = f
	f.ExtendBaseWidget(f)
	f.OnChanged = changed
	f.OnSubmitted = func(string) { w.unusedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) }
	return f
}

// put has a value stand in the field, to be typed on.
func (f *field) put(s string) {
	f.SetText(s)
	f.CursorColumn = utf8.RuneCountInString(s)
	f.Refresh()
}

// TypedKey passes on what an entry does not use.
func (f *field) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyEscape {
		f.w.unusedKey(e)
		return
	}
	f.Entry.TypedKey(e)
}

// AcceptsTab implements fyne.Tabbable: Tab goes on to the next control, also from where one may type several lines.
func (f *field) AcceptsTab() bool { return false }

// TypedShortcut passes the window's shortcuts on.
func (f *field) TypedShortcut(s fyne.Shortcut) {
	if !f.w.shortcut(s) {
		f.Entry.TypedShortcut(s)
	}
}

// FocusGained shows the ring and brings the field into view.
func (f *field) FocusGained() {
	f.focused = true
	f.Entry.FocusGained()
	f.w.reveal(f.around)
}

// FocusLost implements fyne.Focusable.
func (f *field) FocusLost() {
	f.focused = false
	f.Entry.FocusLost()
}

// CreateRenderer implements fyne.Widget. An entry of Fyne's shows the focus by the colour of a hairline alone.
func (f *field) CreateRenderer() fyne.WidgetRenderer {
	ring := canvas.NewRectangle(color.Transparent)
	ring.StrokeWidth, ring.CornerRadius = 2, grid
	return &fieldRenderer{f.Entry.CreateRenderer(), f, ring}
}

type fieldRenderer struct {
	fyne.WidgetRenderer
	f    *field
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
