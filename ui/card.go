package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// card shows one account. It is made once and then updated in place.
type card struct {
	widget.BaseWidget
	w    *Window
	view cardView

	monogram        *badge
	name, host      *text
	tag             *badge
	more            *button
	status          *remark
	next, facts     *text
	notices         []*remark
	noticeBox       *fyne.Container
	wait            *waitBox
	note            *remark
	primary, second *button
	after           *button
	details         *button
}

func (w *Window) newCard(id string) *card {
	c := &card{
		w: w, monogram: newMonogram(5 * grid), name: newText("", strong, oneLine), host: newText("", muted, small, oneLine),
		tag: newTag("Demo"), status: newRemark(), next: newText(""), facts: newText("", muted),
		noticeBox: newColumn(grid / 2), note: newRemark(),
	}
	c.more = w.newIconButton(theme.MoreHorizontalIcon(), "More", c.openMenu)
	c.primary = w.newButton(primary, "", func() { w.act(id, c.view.primary.do) })
	c.second = w.newButton(quiet, "", func() { w.act(id, c.view.second.do) })
	c.after = w.newButton(quiet, "", func() { w.act(id, c.view.after.do) })
	c.details = w.newButton(quiet, "Details", func() { w.act(id, showDetails) })
	c.wait = w.newWaitBox(id)
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer implements fyne.Widget.
func (c *card) CreateRenderer() fyne.WidgetRenderer {
	head := container.New(row{gap: 1.5 * grid, grow: 1},
		c.monogram, newColumn(grid/4, c.name, c.host), c.tag, c.more)
	content := newColumn(1.5*grid, head,
		newColumn(grid/2, c.status, indented(c.next), indented(c.facts), c.noticeBox),
		c.wait, c.note, newFlow(c.primary, c.second, c.after, c.details))
	return widget.NewSimpleRenderer(container.NewStack(
		newSurface(colorSurface, theme.ColorNameSeparator), padded(2*grid, 2*grid, content)))
}

// indented puts o under the words of a remark.
func indented(o fyne.CanvasObject) fyne.CanvasObject {
	return container.New(insetLeft(markSize+grid), o)
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

// update brings the card to v.
func (c *card) update(v cardView) {
	c.view = v
	c.monogram.set(v.monogram)
	c.name.set(v.name)
	c.host.set(v.host)
	show(c.tag, v.demo)
	c.status.set(v.status.Tone, v.status.Text)
	c.next.set(v.next)
	c.facts.set(v.facts)
	c.updateNotices(v)
	c.wait.update(v.wait)
	c.note.set(v.note.Tone, v.note.Text)
	c.primary.set(v.rank, v.primary.label, v.enabled)
	c.second.set(quiet, v.second.label, v.enabled)
	c.after.set(quiet, v.after.label, v.enabled)
	c.details.set(detailsRank(v), detailsLabel(v), true)
}

// detailsLabel leaves the button out where there is no cause to look at.
func detailsLabel(v cardView) string {
	if !v.trouble {
		return ""
	}
	return "Details"
}

// detailsRank gives it a surface where it stands alone.
func detailsRank(v cardView) rank {
	if v.primary.label == "" {
		return plain
	}
	return quiet
}

func (c *card) updateNotices(v cardView) {
	for len(c.notices) < len(v.notices) {
		r := newRemark()
		c.notices = append(c.notices, r)
		c.noticeBox.Add(r)
	}
	for i, r := range c.notices {
		if i < len(v.notices) {
			r.set(v.notices[i].Tone, v.notices[i].Text)
		} else {
			r.set(0, "")
		}
	}
	show(c.noticeBox, len(v.notices) > 0)
}

func (c *card) openMenu() {
	var items []*fyne.MenuItem
	for _, m := range c.view.menu {
		if m.do == removeAccount {
			items = append(items, fyne.NewMenuItemSeparator())
		}
		item := menuItem(m.label, nil, func() { c.w.act(c.view.id, m.do) })
		item.Checked = m.do == askFirst && c.view.asksFirst || m.do == gateway && c.view.gateway
		items = append(items, item)
	}
	c.w.popUp(c.more, items...)
}

// waitBox is the part of a card that is there while a person is in the browser.
type waitBox struct {
	widget.BaseWidget
	w       *Window
	link    *text
	url     string
	trouble *text
	address *text
	copy    *button
	buttons *fyne.Container
}

func (w *Window) newWaitBox(id string) *waitBox {
	b := &waitBox{w: w, trouble: newText(""), address: newText("", strong, anywhere)}
	b.link = newText("", muted, oneLine)
	b.copy = w.newButton(plain, "Copy address", func() { w.copyFor(id, "Address copied", b.address.label.Text) })
	b.buttons = newFlow(
		w.newButton(plain, "Open the link again", func() { w.openAgain(id) }),
		w.newButton(plain, "Copy link", func() { w.copyFor(id, "Link copied", b.url) }))
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer implements fyne.Widget.
func (b *waitBox) CreateRenderer() fyne.WidgetRenderer {
	address := newColumn(grid, b.address, newFlow(b.copy))
	return widget.NewSimpleRenderer(newColumn(grid, b.trouble, address, b.link, b.buttons))
}

func (b *waitBox) update(v waitView) {
	show(b, v.link != "")
	b.trouble.set(v.trouble)
	b.address.set(v.callback)
	show(b.copy, v.callback != "")
	b.url = v.link
	b.link.set(v.link)
}
