package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
)

// column puts its children below one another, each as wide as the column. It lays them out at their width before it
// asks for their height, so that wrapped text gets the room it needs in one go.
type column struct{ gap float32 }

// NewColumn puts children below one another.
func NewColumn(gap float32, children ...fyne.CanvasObject) *fyne.Container {
	return container.New(column{gap}, children...)
}

func (c column) Layout(children []fyne.CanvasObject, size fyne.Size) {
	var y float32
	for _, o := range children {
		if !o.Visible() {
			continue
		}
		h := HeightAt(o, size.Width)
		o.Move(fyne.NewPos(0, y))
		o.Resize(fyne.NewSize(size.Width, h))
		if h > 0 { // a part whose own parts are all hidden takes no gap
			y += h + c.gap
		}
	}
}

func (c column) MinSize(children []fyne.CanvasObject) (size fyne.Size) {
	gap := float32(0)
	for _, o := range children {
		if !o.Visible() {
			continue
		}
		least := o.MinSize()
		size.Width = max(size.Width, least.Width)
		if least.Height > 0 {
			size.Height += gap + least.Height
			gap = c.gap
		}
	}
	return size
}

// HeightAt is the height that o needs at a width.
func HeightAt(o fyne.CanvasObject, width float32) float32 {
	if o.Size().Width != width {
		o.Resize(fyne.NewSize(width, o.MinSize().Height))
	}
	return o.MinSize().Height
}

// row puts its children side by side; the one at index grow gets the room that is left. They are centred vertically,
// or aligned at the top.
type row struct {
	gap  float32
	grow int
	top  bool
}

// NewRow puts children side by side; the one at index grow gets the room that is left.
func NewRow(gap float32, grow int, children ...fyne.CanvasObject) *fyne.Container {
	return container.New(row{gap: gap, grow: grow}, children...)
}

func (r row) Layout(children []fyne.CanvasObject, size fyne.Size) {
	rest, n := size.Width, 0
	for i, o := range children {
		if !o.Visible() {
			continue
		}
		if n++; i != r.grow {
			rest -= o.MinSize().Width
		}
	}
	rest -= r.gap * float32(max(n-1, 0))
	var x float32
	for i, o := range children {
		if !o.Visible() {
			continue
		}
		w := o.MinSize().Width
		if i == r.grow {
			w = max(rest, 0)
		}
		h := min(HeightAt(o, w), size.Height)
		y := (size.Height - h) / 2
		if r.top {
			y = 0
		}
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(w, h))
		x += w + r.gap
	}
}

func (r row) MinSize(children []fyne.CanvasObject) (size fyne.Size) {
	gap := float32(0)
	for _, o := range children {
		if !o.Visible() {
			continue
		}
		least := o.MinSize()
		size.Width += gap + least.Width
		size.Height = max(size.Height, least.Height)
		gap = r.gap
	}
	return size
}

// flow puts its children side by side and starts a new line where the room ends. trailing aligns each line at the end.
type flow struct {
	gap      float32
	trailing bool
	width    float32 // of the last layout
}

// NewFlow puts children side by side, on as many lines as they need.
func NewFlow(children ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flow{gap: Grid}, children...)
}

// NewTightFlow is NewFlow without room between the children.
func NewTightFlow(children ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flow{}, children...)
}

func (f *flow) Layout(children []fyne.CanvasObject, size fyne.Size) {
	f.width = size.Width
	var y float32
	for _, line := range f.lines(children, size.Width) {
		x := float32(0)
		if f.trailing {
			x = max(size.Width-line.width, 0)
		}
		for _, o := range line.children {
			least := o.MinSize()
			w := min(least.Width, size.Width)
			o.Move(fyne.NewPos(x, y+(line.height-least.Height)/2))
			o.Resize(fyne.NewSize(w, least.Height))
			x += w + f.gap
		}
		y += line.height + f.gap
	}
}

func (f *flow) MinSize(children []fyne.CanvasObject) (size fyne.Size) {
	width := f.width
	if width == 0 {
		const plenty = 1 << 14
		width = plenty
	}
	for i, line := range f.lines(children, width) {
		if i > 0 {
			size.Height += f.gap
		}
		size.Height += line.height
		for _, o := range line.children {
			size.Width = max(size.Width, o.MinSize().Width)
		}
	}
	return size
}

type flowLine struct {
	children      []fyne.CanvasObject
	width, height float32
}

func (f *flow) lines(children []fyne.CanvasObject, width float32) (lines []flowLine) {
	for _, o := range children {
		if !o.Visible() {
			continue
		}
		least := o.MinSize()
		last := len(lines) - 1
		if last < 0 || lines[last].width+f.gap+least.Width > width {
			lines = append(lines, flowLine{})
			last++
		} else {
			lines[last].width += f.gap
		}
		lines[last].children = append(lines[last].children, o)
		lines[last].width += least.Width
		lines[last].height = max(lines[last].height, least.Height)
	}
	return lines
}

// tight takes away the padding that Fyne's labels bring along, so that text stands on the grid.
type tight struct{}

func (tight) Layout(children []fyne.CanvasObject, size fyne.Size) {
	pad := theme.InnerPadding()
	for _, o := range children {
		o.Move(fyne.NewPos(-pad, -pad))
		o.Resize(size.AddWidthHeight(2*pad, 2*pad))
	}
}

func (tight) MinSize(children []fyne.CanvasObject) (size fyne.Size) {
	pad := theme.InnerPadding()
	for _, o := range children {
		size = size.Max(o.MinSize())
	}
	return fyne.NewSize(max(size.Width-2*pad, 0), max(size.Height-2*pad, 0))
}

// measure keeps a column readable: never wider than most, in the middle of what is there.
type measure struct{ most float32 }

// AtMost keeps o to a width, in the middle of what is there.
func AtMost(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(measure{width}, o)
}

func (m measure) Layout(children []fyne.CanvasObject, size fyne.Size) {
	w := min(size.Width, m.most)
	for _, o := range children {
		o.Move(fyne.NewPos((size.Width-w)/2, 0))
		o.Resize(fyne.NewSize(w, max(HeightAt(o, w), size.Height)))
	}
}

func (m measure) MinSize(children []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range children {
		size = size.Max(o.MinSize())
	}
	return size
}

// Padded keeps distance from the edges.
func Padded(vertical, horizontal float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(vertical, vertical, horizontal, horizontal), o)
}

// Strut keeps a row at a height while its other parts come and go.
func Strut(height float32) fyne.CanvasObject {
	s := canvas.NewRectangle(color.Transparent)
	s.SetMinSize(fyne.NewSize(0, height))
	return s
}

// Indented puts o under the words of a remark.
func Indented(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(insetLeft(markSize+Grid), o)
}

// insetLeft keeps room at the left.
type insetLeft float32

func (i insetLeft) Layout(children []fyne.CanvasObject, size fyne.Size) {
	children[0].Move(fyne.NewPos(float32(i), 0))
	children[0].Resize(size.SubtractWidthHeight(float32(i), 0))
}

func (i insetLeft) MinSize(children []fyne.CanvasObject) fyne.Size {
	if !children[0].Visible() {
		return fyne.Size{}
	}
	return children[0].MinSize().AddWidthHeight(float32(i), 0)
}
