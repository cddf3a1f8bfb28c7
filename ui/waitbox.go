package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// waitBox is the part of a card that is there while a person is in the browser.
type waitBox struct {
	widget.BaseWidget
	link    *kit.Text
	trouble *kit.Text
	address *kit.Text
	copy    *kit.Button
	buttons *fyne.Container
}

func newWaitBox(f *kit.Frame, act func(view.Intent)) *waitBox {
	b := &waitBox{trouble: kit.NewText(""), address: kit.NewText("", kit.Strong, kit.Anywhere)}
	b.link = kit.NewText("", kit.Muted, kit.OneLine)
	b.copy = f.NewButton(kit.Plain, words.T("ui.wait.copy-address"), func() { act(view.CopyCallback) })
	b.buttons = kit.NewFlow(
		f.NewButton(kit.Plain, words.T("ui.wait.open-again"), func() { act(view.OpenLink) }),
		f.NewButton(kit.Plain, words.T("ui.card.copy-link"), func() { act(view.CopyLink) }))
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer implements fyne.Widget.
func (b *waitBox) CreateRenderer() fyne.WidgetRenderer {
	address := kit.NewColumn(kit.Grid, b.address, kit.NewFlow(b.copy))
	return widget.NewSimpleRenderer(kit.NewColumn(kit.Grid, b.trouble, address, b.link, b.buttons))
}

func (b *waitBox) update(v view.Wait) {
	kit.Show(b, v.Link != "")
	b.trouble.Set(v.Trouble)
	b.address.Set(v.Callback)
	kit.Show(b.copy, v.Callback != "")
	b.link.Set(v.Link)
}
