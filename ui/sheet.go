package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// sheet is one question on top of the window: a title, a body that scrolls where it is too long, and buttons. In a
// narrow window it takes nearly all of it. Escape closes it, Enter presses its first button. What lies below keeps what
// is half typed into it, and where.
type sheet struct {
	widget.BaseWidget
	w        *Window
	enter    *button // what Enter presses
	onClosed func()
	leaving  bool // it asks whether to leave

	scrim, ground *surface
	title         *text
	scroll        *container.Scroll
	body          *fyne.Container
	foot          *fyne.Container
}

const sheetWidth = 60 * grid

// openSheet shows a sheet with body; the first of buttons is the one for Enter. focus is where one begins, or nil for
// the first button. A program that waits for an answer stays on top.
func (w *Window) openSheet(title string, body fyne.CanvasObject, focus fyne.Focusable, buttons ...*button) *sheet {
	if w.prompt != nil {
		w.prompt.sheet.remove()
	}
	s := w.putSheet(title, body, focus, buttons...)
	w.drawPrompt()
	return s
}

// putSheet puts a sheet on top of all.
func (w *Window) putSheet(title string, body fyne.CanvasObject, focus fyne.Focusable, buttons ...*button) *sheet {
	s := &sheet{w: w, scrim: newSurface(colorScrim, ""), ground: newSurface(colorSurface, theme.ColorNameSeparator)}
	s.scrim.square = true
	s.title = newText(title, strong, large)
	s.body = container.New(bodyLayout{}, body)
	s.scroll = container.NewVScroll(s.body)
	s.foot = container.New(&flow{gap: grid, trailing: true})
	for i := len(buttons) - 1; i >= 0; i-- { // what one most likely wants stands last, at the end of the way
		buttons[i].fixed = true
		s.foot.Add(buttons[i])
	}
	s.enter = buttons[0]
	if focus == nil {
		focus = buttons[0]
	}
	s.ExtendBaseWidget(s)
	w.sheets = append(w.sheets, s)
	c := w.win.Canvas()
	if below := c.Focused(); below != nil {
		below.FocusLost() // else a field's cursor blinks on unseen, and keeps the processor awake
	}
	c.Overlays().Add(s)
	c.Focus(focus)
	return s
}

func (w *Window) topSheet() *sheet {
	if len(w.sheets) == 0 {
		return nil
	}
	return w.sheets[len(w.sheets)-1]
}

// asksToLeave is for a sheet that a person is to see before all others, as they want to go.
func (s *sheet) asksToLeave() {
	s.leaving = true
	s.w.drawPrompt()
}

// close takes the sheet away, and those upon it. A program that waits for an answer is asked about again.
func (s *sheet) close() {
	s.remove()
	s.w.drawPrompt()
}

// remove is close for who sees to the prompt themselves.
func (s *sheet) remove() {
	i := slices.Index(s.w.sheets, s)
	if i < 0 {
		return
	}
	above := s.w.sheets[i:]
	s.w.sheets = s.w.sheets[:i:i]
	c := s.w.win.Canvas()
	c.Unfocus()
	c.Overlays().Remove(s)
	if below := c.Focused(); below != nil {
		below.FocusGained()
	}
	for _, closed := range above {
		if closed.onClosed != nil {
			closed.onClosed()
		}
	}
}

// CreateRenderer implements fyne.Widget.
func (s *sheet) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(sheetLayout{s}, s.scrim, s.ground, s.title, s.scroll, s.foot))
}

type sheetLayout struct{ s *sheet }

func (sheetLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

// Layout makes the sheet as high as it needs to be and as the window allows.
func (l sheetLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	const margin, pad, gap = 2 * grid, 2.5 * grid, 2 * grid
	s := l.s
	s.scrim.Resize(size)
	w := min(sheetWidth, size.Width-2*margin)
	inner := w - 2*pad
	title, foot := heightAt(s.title, inner), heightAt(s.foot, inner)
	rest := size.Height - 2*margin - 2*pad - title - foot - 2*gap
	body := max(min(heightAt(s.body, inner+bodyEdge), rest), 0)
	h := body + 2*pad + title + foot + 2*gap
	x, y := (size.Width-w)/2, max((size.Height-h)/2, margin)

	place := func(o fyne.CanvasObject, y, width, height float32) {
		o.Move(fyne.NewPos(x+pad, y))
		o.Resize(fyne.NewSize(width, height))
	}
	s.ground.Move(fyne.NewPos(x, y))
	s.ground.Resize(fyne.NewSize(w, h))
	place(s.title, y+pad, inner, title)
	place(s.scroll, y+pad+title+gap, inner+bodyEdge, body)
	place(s.foot, y+h-pad-foot, inner, foot)
}

// bodyEdge is the room beside a body for the scroll bar and for rings around what is in focus.
const bodyEdge = 1.5 * grid

// bodyLayout keeps the body clear of the scroll bar.
type bodyLayout struct{}

func (bodyLayout) Layout(children []fyne.CanvasObject, size fyne.Size) {
	w := size.Width - bodyEdge
	children[0].Resize(fyne.NewSize(w, max(heightAt(children[0], w), size.Height)))
}

func (bodyLayout) MinSize(children []fyne.CanvasObject) fyne.Size {
	return children[0].MinSize().AddWidthHeight(bodyEdge, 0)
}
