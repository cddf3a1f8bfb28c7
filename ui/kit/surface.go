package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Surface is a rounded ground with a hairline.
type Surface struct {
	widget.BaseWidget
	Square bool // without round corners

	fill   fyne.ThemeColorName
	border fyne.ThemeColorName // empty: none
}

// NewSurface makes a ground of these colours.
func NewSurface(fill, border fyne.ThemeColorName) *Surface {
	s := &Surface{fill: fill, border: border}
	s.ExtendBaseWidget(s)
	return s
}

// Set changes the colours.
func (s *Surface) Set(fill, border fyne.ThemeColorName) {
	if s.fill != fill || s.border != border {
		s.fill, s.border = fill, border
		s.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (s *Surface) CreateRenderer() fyne.WidgetRenderer {
	r := &surfaceRenderer{s, canvas.NewRectangle(color.Transparent)}
	r.style()
	return r
}

type surfaceRenderer struct {
	s    *Surface
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
	r.rect.CornerRadius = 1.5 * Grid
	if r.s.Square {
		r.rect.CornerRadius = 0
	}
	r.rect.FillColor = paint(r.s.fill)
	if r.s.border != "" {
		r.rect.StrokeColor, r.rect.StrokeWidth = paint(r.s.border), 1
	} else {
		r.rect.StrokeWidth = 0
	}
}
