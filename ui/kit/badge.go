package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Badge is a letter or a word on a ground of its own: a monogram, a tag.
type Badge struct {
	widget.BaseWidget
	label string
	edge  float32 // of a square; 0: a tag, as wide as its word
}

// NewMonogram makes a square badge for a letter.
func NewMonogram(edge float32) *Badge { return newBadge("", edge) }

// NewTag makes a badge as wide as its word.
func NewTag(label string) *Badge { return newBadge(label, 0) }

func newBadge(label string, edge float32) *Badge {
	b := &Badge{label: label, edge: edge}
	b.ExtendBaseWidget(b)
	return b
}

// Set changes what stands on the badge.
func (b *Badge) Set(label string) {
	if b.label != label {
		b.label = label
		b.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (b *Badge) CreateRenderer() fyne.WidgetRenderer {
	r := &badgeRenderer{b, canvas.NewRectangle(color.Transparent), canvas.NewText("", color.Transparent)}
	r.style()
	return r
}

type badgeRenderer struct {
	b    *Badge
	rect *canvas.Rectangle
	text *canvas.Text
}

func (r *badgeRenderer) Destroy()                     {}
func (r *badgeRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect, r.text} }

func (r *badgeRenderer) MinSize() fyne.Size {
	if r.b.edge > 0 {
		return fyne.NewSquareSize(r.b.edge)
	}
	return r.text.MinSize().AddWidthHeight(1.5*Grid, Grid/2)
}

func (r *badgeRenderer) Layout(size fyne.Size) {
	r.rect.Resize(size)
	least := r.text.MinSize()
	r.text.Resize(least)
	r.text.Move(fyne.NewPos((size.Width-least.Width)/2, (size.Height-least.Height)/2))
}

func (r *badgeRenderer) Refresh() {
	r.style()
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}

func (r *badgeRenderer) style() {
	r.rect.FillColor, r.rect.CornerRadius = blend(paint(ColorSurface), paint(theme.ColorNamePrimary), 0.12), Grid
	r.text.Text, r.text.Color, r.text.TextStyle.Bold = r.b.label, paint(theme.ColorNamePrimary), true
	r.text.TextSize = theme.CaptionTextSize()
	if r.b.edge > 0 {
		r.text.TextSize = r.b.edge * 0.42
	}
}
