package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// card shows one account. It is made once and then updated in place.
type card struct {
	widget.BaseWidget
	frame *kit.Frame
	act   func(view.Intent)
	view  view.Card

	monogram        *kit.Badge
	name, host      *kit.Text
	tag             *kit.Badge
	more            *kit.Button
	status          *kit.Remark
	next, facts     *kit.Text
	notices         []*kit.Remark
	noticeBox       *fyne.Container
	wait            *waitBox
	note            *kit.Remark
	primary, second *kit.Button
	after           *kit.Button
	details         *kit.Button
}

// newCard makes an empty card; act is told what a person asks for on it.
func newCard(f *kit.Frame, act func(view.Intent)) *card {
	c := &card{
		frame: f, act: act, monogram: kit.NewMonogram(5 * kit.Grid), name: kit.NewText("", kit.Strong, kit.OneLine),
		host: kit.NewText("", kit.Muted, kit.Small, kit.OneLine), tag: kit.NewTag(words.T("ui.demo")),
		status: kit.NewRemark(), next: kit.NewText(""), facts: kit.NewText("", kit.Muted),
		noticeBox: kit.NewColumn(kit.Grid / 2), note: kit.NewRemark(),
	}
	c.more = f.NewIconButton(theme.MoreHorizontalIcon(), words.T("ui.card.more"), c.openMenu)
	c.primary = f.NewButton(kit.Primary, "", func() { act(c.view.Primary.Do) })
	c.second = f.NewButton(kit.Quiet, "", func() { act(c.view.Second.Do) })
	c.after = f.NewButton(kit.Quiet, "", func() { act(c.view.After.Do) })
	c.details = f.NewButton(kit.Quiet, words.T("ui.card.details"), func() { act(view.ShowDetails) })
	c.wait = newWaitBox(f, act)
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer implements fyne.Widget.
func (c *card) CreateRenderer() fyne.WidgetRenderer {
	head := kit.NewRow(1.5*kit.Grid, 1, c.monogram, kit.NewColumn(kit.Grid/4, c.name, c.host), c.tag, c.more)
	content := kit.NewColumn(1.5*kit.Grid, head,
		kit.NewColumn(kit.Grid/2, c.status, kit.Indented(c.next), kit.Indented(c.facts), c.noticeBox),
		c.wait, c.note, kit.NewFlow(c.primary, c.second, c.after, c.details))
	return widget.NewSimpleRenderer(kit.Boxed(content))
}

// update brings the card to v.
func (c *card) update(v view.Card) {
	c.view = v
	c.monogram.Set(v.Monogram)
	c.name.Set(v.Name)
	c.host.Set(v.Host)
	kit.Show(c.tag, v.Demo)
	c.status.Set(v.Status.Tone, v.Status.Text)
	c.next.Set(v.Next)
	c.facts.Set(v.Facts)
	c.updateNotices(v)
	c.wait.update(v.Wait)
	c.note.Set(v.Note.Tone, v.Note.Text)
	c.primary.Set(primaryRank(v), v.Primary.Label, v.Enabled)
	c.second.Set(kit.Quiet, v.Second.Label, v.Enabled)
	c.after.Set(kit.Quiet, v.After.Label, v.Enabled)
	c.details.Set(detailsRank(v), detailsLabel(v), true)
}

func primaryRank(v view.Card) kit.Rank {
	if v.Urgent {
		return kit.Primary
	}
	return kit.Plain
}

// detailsLabel leaves the button out where there is no cause to look at.
func detailsLabel(v view.Card) string {
	if !v.Trouble {
		return ""
	}
	return words.T("ui.card.details")
}

// detailsRank gives it a surface where it stands alone.
func detailsRank(v view.Card) kit.Rank {
	if v.Primary.Label == "" {
		return kit.Plain
	}
	return kit.Quiet
}

func (c *card) updateNotices(v view.Card) {
	for len(c.notices) < len(v.Notices) {
		r := kit.NewRemark()
		c.notices = append(c.notices, r)
		c.noticeBox.Add(r)
	}
	for i, r := range c.notices {
		if i < len(v.Notices) {
			r.Set(v.Notices[i].Tone, v.Notices[i].Text)
		} else {
			r.Set(0, "")
		}
	}
	kit.Show(c.noticeBox, len(v.Notices) > 0)
}

func (c *card) openMenu() {
	var items []*fyne.MenuItem
	for _, m := range c.view.Menu {
		if m.Do == view.RemoveAccount {
			items = append(items, fyne.NewMenuItemSeparator())
		}
		item := kit.MenuItem(m.Label, nil, func() { c.act(m.Do) })
		item.Checked = m.On
		items = append(items, item)
	}
	c.frame.PopUp(c.more, items...)
}
