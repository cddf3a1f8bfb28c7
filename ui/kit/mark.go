package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/words"
)

// Mark is the small sign before a line: a shape and a colour for each tone, so that neither has to be seen.
//
//	ring: nothing on · ring with a point: busy · half disc: waiting for a person · disc: good
//	triangle: worth a look · diamond: needs you
type Mark struct {
	widget.BaseWidget
	tone words.Tone
}

// NewMark makes the mark of a quiet line.
func NewMark() *Mark {
	m := &Mark{}
	m.ExtendBaseWidget(m)
	return m
}

// Set changes the tone.
func (m *Mark) Set(t words.Tone) {
	if m.tone != t {
		m.tone = t
		m.Refresh()
	}
}

// markSize is the shape's edge; its box is as high as a line of text, so that the two stand level.
const markSize = 11

// CreateRenderer implements fyne.Widget.
func (m *Mark) CreateRenderer() fyne.WidgetRenderer {
	r := &markRenderer{m: m}
	r.draw()
	return r
}

type markRenderer struct {
	m       *Mark
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

// toneColor is the colour of a mark. It never stands alone: see mark.
func toneColor(t words.Tone) fyne.ThemeColorName {
	switch t {
	case words.Good:
		return theme.ColorNameSuccess
	case words.Waiting, words.Attend:
		return theme.ColorNameWarning
	case words.Needed:
		return theme.ColorNameError
	default:
		return theme.ColorNameDisabled
	}
}
