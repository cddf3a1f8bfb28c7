package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// rank is how much a button asks for attention.
type rank int

const (
	primary rank = iota // the one thing to do
	plain               // something else that one may do
	quiet               // beside other things; no surface until the pointer is over it
	resting             // plain, but a press does nothing yet
)

// button is a button that keeps the focus when it is pressed, shows where the focus is, and is pressed by Enter as by
// the space bar. Fyne's own gives the focus away, which strands whoever works with the keyboard.
type button struct {
	widget.DisableableWidget
	w       *Window
	rank    rank
	label   string
	name    string // what a screen reader says where there is only an icon
	icon    fyne.Resource
	pressed func()
	fixed   bool // it stands where nothing scrolls
	chosen  bool // of several, this one holds
	narrow  bool // it stands among others like it

	hovered, focused bool
}

var (
	_ fyne.Focusable    = (*button)(nil)
	_ fyne.Tappable     = (*button)(nil)
	_ fyne.Accessible   = (*button)(nil)
	_ desktop.Hoverable = (*button)(nil)
)

func (w *Window) newButton(r rank, label string, pressed func()) *button {
	b := &button{w: w, rank: r, label: label, name: label, pressed: pressed}
	b.ExtendBaseWidget(b)
	return b
}

// newIconButton makes a quiet button that shows only an icon.
func (w *Window) newIconButton(icon fyne.Resource, name string, pressed func()) *button {
	b := &button{w: w, rank: quiet, icon: icon, name: name, pressed: pressed}
	b.ExtendBaseWidget(b)
	return b
}

// set changes rank and label; no label hides the button.
func (b *button) set(r rank, label string, enabled bool) {
	if b.rank != r || b.label != label {
		b.rank, b.label, b.name = r, label, label
		b.Refresh()
	}
	switch {
	case b.Disabled() != enabled:
	case enabled:
		b.Enable()
	default:
		b.Disable()
	}
	show(b, label != "")
}

// choose shows whether this one of several holds.
func (b *button) choose(chosen bool) {
	if b.chosen != chosen {
		b.chosen = chosen
		b.Refresh()
	}
}

// press does what the button is for.
func (b *button) press() {
	if !b.Disabled() && b.pressed != nil {
		b.pressed()
	}
}

// Tapped implements fyne.Tappable.
func (b *button) Tapped(*fyne.PointEvent) { b.press() }

// TypedKey implements fyne.Focusable.
func (b *button) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.press()
	default:
		b.w.unusedKey(e)
	}
}

// TypedRune is what somebody types who looks elsewhere.
func (b *button) TypedRune(rune) {
	if b.w.prompt != nil {
		b.w.prompt.rest()
	}
}

// FocusGained shows the ring and brings the button into view.
func (b *button) FocusGained() {
	b.focused = true
	b.Refresh()
	b.w.reveal(b)
}

// FocusLost implements fyne.Focusable.
func (b *button) FocusLost() {
	b.focused = false
	b.Refresh()
}

// MouseIn implements desktop.Hoverable.
func (b *button) MouseIn(*desktop.MouseEvent) {
	b.hovered = true
	b.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (b *button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *button) MouseOut() {
	b.hovered = false
	b.Refresh()
}

// AccessibilityLabel implements fyne.Accessible.
func (b *button) AccessibilityLabel() string {
	if b.chosen {
		return b.name + ", chosen"
	}
	return b.name
}

// AccessibilityRole implements fyne.Accessible.
func (b *button) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (b *button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{b: b, back: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent),
		label: canvas.NewText("", color.Transparent)}
	r.back.CornerRadius = grid
	r.ring.StrokeWidth = 2
	r.objects = []fyne.CanvasObject{r.back, r.ring, r.label}
	if b.icon != nil {
		r.icon = canvas.NewImageFromResource(b.icon)
		r.icon.FillMode = canvas.ImageFillContain
		r.objects = append(r.objects, r.icon)
	}
	r.style()
	return r
}

type buttonRenderer struct {
	b          *button
	back, ring *canvas.Rectangle
	label      *canvas.Text
	icon       *canvas.Image
	objects    []fyne.CanvasObject
}

func (r *buttonRenderer) Destroy() {}

func (r *buttonRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *buttonRenderer) MinSize() fyne.Size {
	const height = 4.5 * grid
	side := 2 * grid
	switch {
	case r.icon != nil:
		return fyne.NewSquareSize(4 * grid)
	case r.b.narrow:
		side = grid
	}
	return fyne.NewSize(r.label.MinSize().Width+2*side, height)
}

// ringInset puts the ring inside a filled button, where its colour would not show against the edge.
func (r *buttonRenderer) ringInset() float32 {
	if r.b.rank == primary {
		return 3
	}
	return 0
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	in := r.ringInset()
	r.ring.Move(fyne.NewSquareOffsetPos(in))
	r.ring.Resize(size.SubtractWidthHeight(2*in, 2*in))
	r.ring.CornerRadius = grid - in
	least := r.label.MinSize()
	r.label.Move(fyne.NewPos((size.Width-least.Width)/2, (size.Height-least.Height)/2))
	r.label.Resize(least)
	if r.icon != nil {
		const edge = 2.5 * grid
		r.icon.Move(fyne.NewPos((size.Width-edge)/2, (size.Height-edge)/2))
		r.icon.Resize(fyne.NewSquareSize(edge))
	}
}

func (r *buttonRenderer) Refresh() {
	r.style()
	r.Layout(r.b.Size())
	for _, o := range r.objects {
		o.Refresh()
	}
}

// style takes the colours of the moment.
func (r *buttonRenderer) style() {
	b := r.b
	words, back, ring := theme.ColorNameForeground, color.Color(color.Transparent), theme.ColorNamePrimary
	switch {
	case b.rank == primary && !b.Disabled():
		words, ring = theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnPrimary
		back = paint(theme.ColorNamePrimary)
		if b.hovered {
			back = blend(paint(theme.ColorNamePrimary), paint(theme.ColorNameForegroundOnPrimary), 0.12)
		}
	case b.rank != quiet && b.hovered && !b.Disabled():
		back = blend(paint(colorRaised), paint(theme.ColorNameForeground), 0.06)
	case b.rank != quiet || b.hovered || b.chosen:
		back = paint(colorRaised)
	}
	if b.Disabled() || b.rank == resting {
		words = theme.ColorNameDisabled
	}
	r.back.FillColor = back
	r.ring.StrokeColor = color.Transparent
	if b.focused {
		r.ring.StrokeColor = paint(ring)
	}
	r.label.Text, r.label.Color = b.label, paint(words)
	r.label.TextSize = theme.TextSize()
	r.label.TextStyle.Bold = b.rank == primary || b.chosen
}

// blend mixes a little of b into a.
func blend(a, b color.Color, share float32) color.Color {
	mix := func(x, y uint32) uint8 {
		return uint8((float32(x)*(1-share) + float32(y)*share) / 0x101)
	}
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	return color.NRGBA{R: mix(ar, br), G: mix(ag, bg), B: mix(ab, bb), A: 0xff}
}
