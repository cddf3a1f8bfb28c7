package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Sheet is one question on top of the window: a title, a body that scrolls where it is too long, and buttons. In a
// narrow window it takes nearly all of it. Escape closes it, Enter presses its first button. What lies below keeps what
// is half typed into it, and where.
type Sheet struct {
	widget.BaseWidget
	Scroll   *container.Scroll // of the body
	OnClosed func()
	OnEscape func() // in place of closing
	OnTyped  func() // somebody types who looks elsewhere

	frame   *Frame
	enter   *Button // what Enter presses
	urgent  bool    // stays on top of all others
	guarded bool    // no urgent sheet comes over it

	scrim, ground *Surface
	title         *Text
	body          *fyne.Container
	foot          *fyne.Container
}

const sheetWidth = 60 * Grid

// Open shows a sheet with body; the first of buttons is the one for Enter. focus is where one begins, or nil for the
// first button. An urgent sheet makes way: whoever opened it opens it anew when Changed is called.
func (f *Frame) Open(title string, body fyne.CanvasObject, focus fyne.Focusable, buttons ...*Button) *Sheet {
	if top := f.Top(); top != nil && top.urgent {
		top.Remove()
	}
	s := f.put(title, body, focus, buttons)
	f.changed()
	return s
}

// OpenUrgent shows a sheet that stays on top of all others.
func (f *Frame) OpenUrgent(title string, body fyne.CanvasObject, buttons ...*Button) *Sheet {
	s := f.put(title, body, nil, buttons)
	s.urgent = true
	return s
}

func (f *Frame) put(title string, body fyne.CanvasObject, focus fyne.Focusable, buttons []*Button) *Sheet {
	s := &Sheet{frame: f, scrim: NewSurface(ColorScrim, ""), ground: NewSurface(ColorSurface, theme.ColorNameSeparator)}
	s.scrim.Square = true
	s.title = NewText(title, Strong, Large)
	s.body = container.New(bodyLayout{}, body)
	s.Scroll = container.NewVScroll(s.body)
	s.foot = container.New(&flow{gap: Grid, trailing: true})
	for _, b := range slices.Backward(buttons) { // what one most likely wants stands last, at the end of the way
		b.Fixed = true
		s.foot.Add(b)
	}
	s.enter = buttons[0]
	if focus == nil {
		focus = buttons[0]
	}
	s.ExtendBaseWidget(s)
	f.sheets = append(f.sheets, s)
	if below := f.canvas.Focused(); below != nil {
		below.FocusLost() // else a field's cursor blinks on unseen, and keeps the processor awake
	}
	f.canvas.Overlays().Add(s)
	f.canvas.Focus(focus)
	return s
}

func (f *Frame) changed() {
	if f.Changed != nil {
		f.Changed()
	}
}

// Title is what stands above all.
func (s *Sheet) Title() string { return s.title.Words() }

// Guard has no urgent sheet come over this one.
func (s *Sheet) Guard() {
	s.guarded = true
	s.frame.changed()
}

// Guarded tells whether some sheet is guarded: no urgent one is to come now.
func (f *Frame) Guarded() bool {
	return slices.ContainsFunc(f.sheets, func(s *Sheet) bool { return s.guarded })
}

// FocusEnter leads the keyboard to the button that Enter presses, if this sheet is on top.
func (s *Sheet) FocusEnter() {
	if s.frame.Top() == s {
		s.frame.Focus(s.enter)
	}
}

// Close takes the sheet away, and those upon it.
func (s *Sheet) Close() {
	s.Remove()
	s.frame.changed()
}

// Remove is Close for who sees to what comes next themselves.
func (s *Sheet) Remove() {
	f := s.frame
	i := slices.Index(f.sheets, s)
	if i < 0 {
		return
	}
	above := f.sheets[i:]
	f.sheets = f.sheets[:i:i]
	f.canvas.Unfocus()
	f.canvas.Overlays().Remove(s)
	if below := f.canvas.Focused(); below != nil {
		below.FocusGained()
	}
	for _, closed := range above {
		if closed.OnClosed != nil {
			closed.OnClosed()
		}
	}
}

// CreateRenderer implements fyne.Widget.
func (s *Sheet) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(sheetLayout{s}, s.scrim, s.ground, s.title, s.Scroll, s.foot))
}

type sheetLayout struct{ s *Sheet }

func (sheetLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Layout makes the sheet as high as it needs to be and as the window allows.
func (l sheetLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	const margin, pad, gap = 2 * Grid, 2.5 * Grid, 2 * Grid
	s := l.s
	s.scrim.Resize(size)
	w := min(sheetWidth, size.Width-2*margin)
	inner := w - 2*pad
	title, foot := HeightAt(s.title, inner), HeightAt(s.foot, inner)
	rest := size.Height - 2*margin - 2*pad - title - foot - 2*gap
	body := max(min(HeightAt(s.body, inner+bodyEdge), rest), 0)
	h := body + 2*pad + title + foot + 2*gap
	x, y := (size.Width-w)/2, max((size.Height-h)/2, margin)

	place := func(o fyne.CanvasObject, y, width, height float32) {
		o.Move(fyne.NewPos(x+pad, y))
		o.Resize(fyne.NewSize(width, height))
	}
	s.ground.Move(fyne.NewPos(x, y))
	s.ground.Resize(fyne.NewSize(w, h))
	place(s.title, y+pad, inner, title)
	place(s.Scroll, y+pad+title+gap, inner+bodyEdge, body)
	place(s.foot, y+h-pad-foot, inner, foot)
}

// bodyEdge is the room beside a body for the scroll bar and for rings around what is in focus.
const bodyEdge = 1.5 * Grid

// bodyLayout keeps the body clear of the scroll bar.
type bodyLayout struct{}

func (bodyLayout) Layout(children []fyne.CanvasObject, size fyne.Size) {
	w := size.Width - bodyEdge
	children[0].Resize(fyne.NewSize(w, max(HeightAt(children[0], w), size.Height)))
}

func (bodyLayout) MinSize(children []fyne.CanvasObject) fyne.Size {
	return children[0].MinSize().AddWidthHeight(bodyEdge, 0)
}
