package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"keyfob/assets"
	"keyfob/internal/words"
)

// tellBox is an answer above the cards, with what can be done about it.
type tellBox struct {
	widget.BaseWidget
	w       *Window
	line    *remark
	details *button
	buttons *fyne.Container
	err     error
}

func (w *Window) newTellBox() *tellBox {
	b := &tellBox{w: w, line: newRemark(), buttons: newFlow()}
	b.details = w.newButton(quiet, "Details", func() { w.openCause(b.err) })
	b.ExtendBaseWidget(b)
	b.Hide()
	return b
}

// button adds a button before "Details".
func (b *tellBox) button(label string, pressed func()) {
	b.buttons.Objects = append(b.buttons.Objects, b.w.newButton(plain, label, pressed), b.details)
}

// set shows an answer, or hides the box where there is none.
func (b *tellBox) set(said words.Line, err error) {
	b.err = err
	b.line.set(said.Tone, said.Text)
	show(b.details, err != nil)
	show(b, said.Text != "")
}

// CreateRenderer implements fyne.Widget.
func (b *tellBox) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(boxed(newColumn(1.5*grid, b.line, b.buttons)))
}

func boxed(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(newSurface(colorSurface, theme.ColorNameSeparator), padded(2*grid, 2*grid, content))
}

// tell shows an answer that belongs to no single account; no words take the last one away.
func (h *home) tell(said words.Line, err error) {
	if h.told == nil {
		if said.Text == "" {
			return
		}
		h.told = h.w.newTellBox()
		h.told.button("Close", func() { h.tell(words.Line{}, nil) })
		h.body.Objects = slices.Insert(h.body.Objects, 0, fyne.CanvasObject(h.told))
	}
	h.told.set(said, err)
	h.body.Refresh()
}

// bannerBox says that the keychain cannot be used, and what one may choose.
type bannerBox struct {
	widget.BaseWidget
	what    *remark
	next    *text
	buttons *fyne.Container
}

func (h *home) drawBanner(v banner) {
	if h.banner == nil {
		if v.what == "" {
			return
		}
		b := &bannerBox{what: newRemark(), next: newText("", muted)}
		b.buttons = newFlow(h.w.newButton(primary, "Keep sign-ins in memory only", h.w.useMemoryOnly),
			h.w.newButton(plain, "Try again", h.w.useKeychain))
		b.ExtendBaseWidget(b)
		h.banner = b
		h.body.Objects = slices.Insert(h.body.Objects, slices.Index(h.body.Objects, fyne.CanvasObject(h.start)),
			fyne.CanvasObject(b))
		h.body.Refresh()
	}
	h.banner.what.set(words.Attend, v.what)
	h.banner.next.set(v.next)
	show(h.banner, v.what != "")
}

// CreateRenderer implements fyne.Widget.
func (b *bannerBox) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(boxed(newColumn(1.5*grid,
		newColumn(grid/2, b.what, indented(b.next)), b.buttons)))
}

// drawWelcome shows the three ways to begin while there is no account.
func (h *home) drawWelcome(empty, demo bool) {
	if h.empty == nil {
		if !empty {
			return
		}
		h.empty = h.newWelcome(demo)
		h.body.Add(h.empty)
	}
	show(h.empty, empty)
}

func (h *home) newWelcome(demo bool) *fyne.Container {
	icon := canvas.NewImageFromResource(fyne.NewStaticResource("keyfob.png", assets.AppIcon()))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(9 * grid))
	ways := newColumn(2*grid,
		h.way(primary, "Add account", "You know the address of the sign-in service", h.w.openAdd),
		h.way(plain, "Open profile file…", "You were given a file for Keyfob", h.w.chooseFile))
	if demo {
		ways.Add(h.way(plain, "Try the demo", "No account and no network needed", h.w.tryDemo))
	}
	return newColumn(3*grid, padded(3*grid, 0, newColumn(2*grid, container.NewCenter(icon),
		newText("Sign in once, in your browser", strong, large, centred),
		container.New(measure{40 * grid},
			newText("Keyfob keeps the sign-in in your keychain and gives your tools fresh access tokens.", muted, centred)))),
		container.New(measure{38 * grid}, ways))
}

// way is one way to begin: a button and a line below it.
func (h *home) way(r rank, label, line string, pressed func()) fyne.CanvasObject {
	return newColumn(grid/2, h.w.newButton(r, label, pressed), newText(line, muted, small, centred))
}
