package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/words"
)

// Rank is how much a button asks for attention.
type Rank int

const (
	Primary Rank = iota // the one thing to do
	Plain               // something else that one may do
	Quiet               // beside other things; no surface until the pointer is over it
	Resting             // plain, but a press does nothing yet
)

// Button is a button that keeps the focus when it is pressed, shows where the focus is, and is pressed by Enter as by
// the space bar. Fyne's own gives the focus away, which strands whoever works with the keyboard.
type Button struct {
	widget.DisableableWidget
	Pressed func()
	Name    string // what a screen reader says: the label, or what the icon stands for
	Fixed   bool   // it stands where nothing scrolls
	Narrow  bool   // it stands among others like it

	frame            *Frame
	rank             Rank
	label            string
	icon             fyne.Resource
	chosen           bool // of several, this one holds
	hovered, focused bool
}

var (
	_ fyne.Focusable    = (*Button)(nil)
	_ fyne.Tappable     = (*Button)(nil)
	_ fyne.Accessible   = (*Button)(nil)
	_ desktop.Hoverable = (*Button)(nil)
)

// NewButton makes a button with a label.
func (f *Frame) NewButton(r Rank, label string, pressed func()) *Button {
	b := &Button{frame: f, rank: r, label: label, Name: label, Pressed: pressed}
	b.ExtendBaseWidget(b)
	return b
}

// NewIconButton makes a quiet button that shows only an icon.
func (f *Frame) NewIconButton(icon fyne.Resource, name string, pressed func()) *Button {
	b := &Button{frame: f, rank: Quiet, icon: icon, Name: name, Pressed: pressed}
	b.ExtendBaseWidget(b)
	return b
}

// Set changes rank and label; no label hides the button.
func (b *Button) Set(r Rank, label string, enabled bool) {
	if b.rank != r || b.label != label {
		b.rank, b.label, b.Name = r, label, label
		b.Refresh()
	}
	switch {
	case b.Disabled() != enabled:
	case enabled:
		b.Enable()
	default:
		b.Disable()
	}
	Show(b, label != "")
}

// Label is what stands on the button.
func (b *Button) Label() string { return b.label }

// Rank is how much the button asks for attention now.
func (b *Button) Rank() Rank { return b.rank }

// Choose shows whether this one of several holds.
func (b *Button) Choose(chosen bool) {
	if b.chosen != chosen {
		b.chosen = chosen
		b.Refresh()
	}
}

// Press does what the button is for.
func (b *Button) Press() {
	if !b.Disabled() && b.Pressed != nil {
		b.Pressed()
	}
}

// Tapped implements fyne.Tappable.
func (b *Button) Tapped(*fyne.PointEvent) { b.Press() }

// TypedKey implements fyne.Focusable.
func (b *Button) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.Press()
	default:
		b.frame.UnusedKey(e)
	}
}

// TypedRune is what somebody types who looks elsewhere.
func (b *Button) TypedRune(rune) {
	if s := b.frame.Top(); s != nil && s.OnTyped != nil {
		s.OnTyped()
	}
}

// FocusGained shows the ring and brings the button into view.
func (b *Button) FocusGained() {
	b.focused = true
	b.Refresh()
	b.frame.Reveal(b)
}

// FocusLost implements fyne.Focusable.
func (b *Button) FocusLost() {
	b.focused = false
	b.Refresh()
}

// MouseIn implements desktop.Hoverable.
func (b *Button) MouseIn(*desktop.MouseEvent) {
	b.hovered = true
	b.Refresh()
}

// MouseMoved implements desktop.Hoverable.
func (b *Button) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (b *Button) MouseOut() {
	b.hovered = false
	b.Refresh()
}

// AccessibilityLabel implements fyne.Accessible.
func (b *Button) AccessibilityLabel() string {
	if b.chosen {
		return words.T("ui.kit.chosen", "name", b.Name)
	}
	return b.Name
}

// AccessibilityRole implements fyne.Accessible.
func (b *Button) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }

// CreateRenderer implements fyne.Widget.
func (b *Button) CreateRenderer() fyne.WidgetRenderer {
	r := &buttonRenderer{b: b, back: canvas.NewRectangle(color.Transparent), ring: canvas.NewRectangle(color.Transparent),
		label: canvas.NewText("", color.Transparent)}
	r.back.CornerRadius = Grid
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
	b          *Button
	back, ring *canvas.Rectangle
	label      *canvas.Text
	icon       *canvas.Image
	objects    []fyne.CanvasObject
}

func (r *buttonRenderer) Destroy() {}

func (r *buttonRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *buttonRenderer) MinSize() fyne.Size {
	const height = 4.5 * Grid
	side := 2 * Grid
	switch {
	case r.icon != nil:
		return fyne.NewSquareSize(4 * Grid)
	case r.b.Narrow:
		side = Grid
	}
	return fyne.NewSize(r.label.MinSize().Width+2*side, height)
}

// ringInset puts the ring inside a filled button, where its colour would not show against the edge.
func (r *buttonRenderer) ringInset() float32 {
	if r.b.rank == Primary {
		return 3
	}
	return 0
}

func (r *buttonRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	in := r.ringInset()
	r.ring.Move(fyne.NewSquareOffsetPos(in))
	r.ring.Resize(size.SubtractWidthHeight(2*in, 2*in))
	r.ring.CornerRadius = Grid - in
	least := r.label.MinSize()
	r.label.Move(fyne.NewPos((size.Width-least.Width)/2, (size.Height-least.Height)/2))
	r.label.Resize(least)
	if r.icon != nil {
		const edge = 2.5 * Grid
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
	ink, back, ring := theme.ColorNameForeground, color.Color(color.Transparent), theme.ColorNamePrimary
	switch {
	case b.rank == Primary && !b.Disabled():
		ink, ring = theme.ColorNameForegroundOnPrimary, theme.ColorNameForegroundOnPrimary
		back = paint(theme.ColorNamePrimary)
		if b.hovered {
			back = blend(paint(theme.ColorNamePrimary), paint(theme.ColorNameForegroundOnPrimary), 0.12)
		}
	case b.rank != Quiet && b.hovered && !b.Disabled():
		back = blend(paint(ColorRaised), paint(theme.ColorNameForeground), 0.06)
	case b.rank != Quiet || b.hovered || b.chosen:
		back = paint(ColorRaised)
	}
	if b.Disabled() || b.rank == Resting {
		ink = theme.ColorNameDisabled
	}
	r.back.FillColor = back
	r.ring.StrokeColor = color.Transparent
	if b.focused {
		r.ring.StrokeColor = paint(ring)
	}
	r.label.Text, r.label.Color = b.label, paint(ink)
	r.label.TextSize = theme.TextSize()
	r.label.TextStyle.Bold = b.rank == Primary || b.chosen
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
