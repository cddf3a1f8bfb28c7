package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// tellBox is an answer above the cards, with what can be done about it.
type tellBox struct {
	widget.BaseWidget
	line    *kit.Remark
	details *kit.Button
	buttons *fyne.Container
	err     error
}

// newTellBox makes a box with a button of its own before "Details", for which cause shows the technical side.
func newTellBox(f *kit.Frame, label string, pressed func(), cause func(error)) *tellBox {
	b := &tellBox{line: kit.NewRemark()}
	b.details = f.NewButton(kit.Quiet, words.T("ui.card.details"), func() { cause(b.err) })
	b.buttons = kit.NewFlow(f.NewButton(kit.Plain, label, pressed), b.details)
	b.ExtendBaseWidget(b)
	b.Hide()
	return b
}

// set shows an answer, or hides the box where there is none.
func (b *tellBox) set(said words.Line, err error) {
	b.err = err
	b.line.Set(said.Tone, said.Text)
	kit.Show(b.details, err != nil)
	kit.Show(b, said.Text != "")
}

// CreateRenderer implements fyne.Widget.
func (b *tellBox) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(kit.Boxed(kit.NewColumn(1.5*kit.Grid, b.line, b.buttons)))
}

// bannerBox says that the keychain cannot be used, and what one may choose.
type bannerBox struct {
	widget.BaseWidget
	what    *kit.Remark
	next    *kit.Text
	buttons *fyne.Container
}

func newBannerBox(f *kit.Frame, memoryOnly, again func()) *bannerBox {
	b := &bannerBox{what: kit.NewRemark(), next: kit.NewText("", kit.Muted)}
	b.buttons = kit.NewFlow(f.NewButton(kit.Primary, words.T("ui.keychain.memory-only"), memoryOnly),
		f.NewButton(kit.Plain, words.T("ui.card.try-again"), again))
	b.ExtendBaseWidget(b)
	return b
}

func (b *bannerBox) set(v view.Banner) {
	b.what.Set(words.Attend, v.What)
	b.next.Set(v.Next)
	kit.Show(b, v.What != "")
}

// CreateRenderer implements fyne.Widget.
func (b *bannerBox) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(kit.Boxed(kit.NewColumn(1.5*kit.Grid,
		kit.NewColumn(kit.Grid/2, b.what, kit.Indented(b.next)), b.buttons)))
}
