package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/words"
)

// mark is the small sign before a line: a shape and a colour for each tone, so that neither has to be seen.
//
//	ring: nothing on · ring with a point: busy · half disc: waiting for a person · disc: good
//	triangle: worth a look · diamond: needs you
type mark struct {
	widget.BaseWidget
	tone words.Tone
}

func newMark() *mark {
	m := &mark{}
	m.ExtendBaseWidget(m)
	return m
}

func (m *mark) set(t words.Tone) {
	if m.tone != t {
		m.tone = t
		m.Refresh()
	}
}

// markSize is the shape's edge; its box is as high as a line of text, so that the two stand level.
const markSize = 11

// CreateRenderer implements fyne.Widget.
func (m *mark) CreateRenderer() fyne.WidgetRenderer {
	r := &markRenderer{m: m}
	r.draw()
	return r
}

type markRenderer struct {
	m       *mark
	objects []fyne.CanvasObject
}

func (r *markRenderer) Destroy()                     {}
func (r *markRenderer) Objects() []fyne.CanvasObject { return r.objects }

func (r *markRenderer) MinSize() fyne.Size {
	return fyne.NewSize(markSize, fyne.MeasureText("M", theme.TextSize(), fyne.TextStyle{}).Height)
}

func (r *markRenderer) Layout(size fyne.Size) {
	line := r.MinSize().Height
	for i, o := range r.objects {
		edge := float32(markSize)
		if i > 0 && r.m.tone == words.Busy { // the point in the ring
			edge = 4
		}
		o.Resize(fyne.NewSquareSize(edge))
		o.Move(fyne.NewPos((size.Width-edge)/2, (line-edge)/2))
	}
}

func (r *markRenderer) Refresh() {
	r.draw()
	r.Layout(r.m.Size())
	canvas.Refresh(r.m)
}

func (r *markRenderer) draw() {
	c := paint(toneColor(r.m.tone))
	switch r.m.tone {
	case words.Good:
		r.objects = []fyne.CanvasObject{canvas.NewCircle(c)}
	case words.Busy:
		r.objects = []fyne.CanvasObject{ring(c), canvas.NewCircle(c)}
	case words.Waiting:
		half := canvas.NewPieArc(0, 180, c)
		half.StrokeColor, half.StrokeWidth = color.Transparent, 0
		r.objects = []fyne.CanvasObject{ring(c), half}
	case words.Attend:
		r.objects = []fyne.CanvasObject{polygon(c, 0.5, 0.02, 1, 0.96, 0, 0.96)}
	case words.Needed:
		r.objects = []fyne.CanvasObject{polygon(c, 0.5, 0, 1, 0.5, 0.5, 1, 0, 0.5)}
	default:
		r.objects = []fyne.CanvasObject{ring(c)}
	}
}

func ring(c color.Color) *canvas.Circle {
	o := canvas.NewCircle(color.Transparent)
	o.StrokeColor, o.StrokeWidth = c, 2
	return o
}

// polygon takes its corners as x, y, x, y …, from 0 to 1.
func polygon(c color.Color, xy ...float32) *canvas.ArbitraryPolygon {
	points := make([]fyne.Position, 0, len(xy)/2)
	for i := 0; i+1 < len(xy); i += 2 {
		points = append(points, fyne.NewPos(xy[i], xy[i+1]))
	}
	p := canvas.NewArbitraryPolygon(points, c)
	p.NormalizedPoints = true
	return p
}

// surface is a rounded ground with a hairline.
type surface struct {
	widget.BaseWidget
	fill   fyne.ThemeColorName
	border fyne.ThemeColorName // empty: none
	square bool                // without round corners
}

func newSurface(fill, border fyne.ThemeColorName) *surface {
	s := &surface{fill: fill, border: border}
	s.ExtendBaseWidget(s)
	return s
}

// set changes the colours.
func (s *surface) set(fill, border fyne.ThemeColorName) {
	if s.fill != fill || s.border != border {
		s.fill, s.border = fill, border
		s.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (s *surface) CreateRenderer() fyne.WidgetRenderer {
	r := &surfaceRenderer{s, canvas.NewRectangle(color.Transparent)}
	r.style()
	return r
}

type surfaceRenderer struct {
	s    *surface
	rect *canvas.Rectangle
}

func (r *surfaceRenderer) Destroy()                     {}
func (r *surfaceRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect} }
func (r *surfaceRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *surfaceRenderer) Layout(size fyne.Size)        { r.rect.Resize(size) }

func (r *surfaceRenderer) Refresh() {
	r.style()
	r.rect.Refresh()
}

func (r *surfaceRenderer) style() {
	r.rect.CornerRadius = 1.5 * grid
	if r.s.square {
		r.rect.CornerRadius = 0
	}
	r.rect.FillColor = paint(r.s.fill)
	if r.s.border != "" {
		r.rect.StrokeColor, r.rect.StrokeWidth = paint(r.s.border), 1
	} else {
		r.rect.StrokeWidth = 0
	}
}

// badge is a letter or a word on a ground of its own: an account's monogram, the demo's tag.
type badge struct {
	widget.BaseWidget
	label string
	edge  float32 // of a square; 0: a tag, as wide as its word
}

func newMonogram(edge float32) *badge { return newBadge("", edge) }
func newTag(label string) *badge      { return newBadge(label, 0) }

func newBadge(label string, edge float32) *badge {
	b := &badge{label: label, edge: edge}
	b.ExtendBaseWidget(b)
	return b
}

func (b *badge) set(label string) {
	if b.label != label {
		b.label = label
		b.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (b *badge) CreateRenderer() fyne.WidgetRenderer {
	r := &badgeRenderer{b, canvas.NewRectangle(color.Transparent), canvas.NewText("", color.Transparent)}
	r.style()
	return r
}

type badgeRenderer struct {
	b    *badge
	rect *canvas.Rectangle
	text *canvas.Text
}

func (r *badgeRenderer) Destroy()                     {}
func (r *badgeRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rect, r.text} }

func (r *badgeRenderer) MinSize() fyne.Size {
	if r.b.edge > 0 {
		return fyne.NewSquareSize(r.b.edge)
	}
	return r.text.MinSize().AddWidthHeight(1.5*grid, grid/2)
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
	r.rect.FillColor, r.rect.CornerRadius = blend(paint(colorSurface), paint(theme.ColorNamePrimary), 0.12), grid
	r.text.Text, r.text.Color, r.text.TextStyle.Bold = r.b.label, paint(theme.ColorNamePrimary), true
	r.text.TextSize = theme.CaptionTextSize()
	if r.b.edge > 0 {
		r.text.TextSize = r.b.edge * 0.42
	}
}
