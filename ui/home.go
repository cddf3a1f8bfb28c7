package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// The width from which the window shows a list beside one card, and the widths of its parts.
const (
	wideFrom  = 820
	listWidth = 35 * kit.Grid
	cardWidth = 75 * kit.Grid // a card, at most
)

// pageActions are what a person can ask for on the home page.
type pageActions struct {
	act                  func(id string, do view.Intent)
	add, openFile, demo  func()
	memoryOnly, keychain func() // the two ways out of a keychain that cannot be used
	about, quit          func()
	connect              func()      // to the agent, again
	cause                func(error) // shows the technical side of an answer
}

// home is all of the window that is not a sheet. Only what shows is built: the first frame has a title.
type home struct {
	frame   *kit.Frame
	actions pageActions
	root    *fyne.Container
	head    *fyne.Container
	line    *kit.Surface // between list and card
	list    *list
	scroll  *container.Scroll
	body    *fyne.Container

	add, more *kit.Button
	start     *kit.Text  // while there is nothing else
	told      *tellBox   // an answer that belongs to no single account
	banner    *bannerBox // the keychain cannot be used
	empty     *fyne.Container
	missing   *tellBox // the agent is not there
	cards     *kit.Rows[*card]
	selected  string // the account that a wide window shows
	wide      bool
	page      view.Page
}

func newHome(f *kit.Frame, actions pageActions) *home {
	h := &home{
		frame: f, actions: actions, cards: kit.NewRows[*card](kit.NewColumn(1.5 * kit.Grid)),
		start: kit.NewText("", kit.Muted, kit.Centred),
	}
	h.add = f.NewIconButton(theme.ContentAddIcon(), words.T("ui.home.add"), actions.add)
	h.more = f.NewIconButton(theme.MoreHorizontalIcon(), words.T("ui.home.menu"), h.openMenu)
	h.add.Fixed, h.more.Fixed = true, true
	h.add.Hide()
	h.more.Hide()
	h.start.Hide()
	title := kit.NewText(words.T("ui.title"), kit.Strong, kit.Large, kit.OneLine)
	h.head = kit.Padded(kit.Grid, 2*kit.Grid, kit.NewRow(kit.Grid/2, 0, title, h.add, h.more, kit.Strut(4*kit.Grid)))
	h.body = kit.NewColumn(1.5*kit.Grid, h.start, h.cards.Column)
	h.scroll = container.NewVScroll(kit.AtMost(cardWidth+4*kit.Grid, kit.Padded(kit.Grid, 2*kit.Grid, h.body)))
	h.root = container.New(homeLayout{h}, h.head, h.scroll)
	return h
}

// homeLayout puts the head on top, and below it the cards, with the list beside them where there is room.
type homeLayout struct{ h *home }

func (homeLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(40*kit.Grid, 30*kit.Grid)
}

func (l homeLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	h := l.h
	h.setWide(size.Width >= wideFrom && len(h.cards.IDs()) > 0)
	top := kit.HeightAt(h.head, size.Width)
	h.head.Resize(fyne.NewSize(size.Width, top))
	x, height := float32(0), size.Height-top
	if h.wide {
		h.list.scroll.Move(fyne.NewPos(0, top))
		h.list.scroll.Resize(fyne.NewSize(listWidth, height))
		h.line.Move(fyne.NewPos(listWidth, top))
		h.line.Resize(fyne.NewSize(1, height))
		x = listWidth + 1
	}
	h.scroll.Move(fyne.NewPos(x, top))
	h.scroll.Resize(fyne.NewSize(size.Width-x, height))
}

// setWide changes between all cards below one another, and a list with the card of the selected account.
func (h *home) setWide(wide bool) {
	if h.wide == wide {
		return
	}
	h.wide = wide
	if wide && h.list == nil {
		h.list, h.line = newList(h.frame, h.selectAccount), kit.NewSurface(theme.ColorNameSeparator, "")
		h.line.Square = true
		h.root.Objects = []fyne.CanvasObject{h.head, h.list.scroll, h.line, h.scroll}
	}
	kit.Show(h.list.scroll, wide)
	kit.Show(h.line, wide)
	h.arrange()
}

// waiting shows a word while there is nothing else to show, or none.
func (h *home) waiting(word string) {
	h.start.Set(word)
	if h.missing != nil {
		h.missing.Hide()
	}
}

// lost says why the agent cannot be reached, and offers to try again.
func (h *home) lost(said string, err error) {
	if h.missing == nil {
		h.missing = newTellBox(h.frame, words.T("ui.home.start-again"), h.actions.connect, h.actions.cause)
		h.body.Objects = slices.Insert(h.body.Objects, 0, fyne.CanvasObject(h.missing))
	}
	h.start.Set("")
	h.missing.set(words.Line{Text: said, Tone: words.Needed}, err)
	kit.Show(h.cards.Column, false)
	h.hideParts()
	h.add.Hide()
	h.more.Hide()
	h.body.Refresh()
}

// hideParts hides all that belongs to a snapshot, except the cards.
func (h *home) hideParts() {
	for _, o := range h.body.Objects {
		if o != fyne.CanvasObject(h.missing) {
			o.Hide()
		}
	}
}

// tell shows an answer that belongs to no single account; no words take the last one away.
func (h *home) tell(said words.Line, err error) {
	if h.told == nil {
		if said.Text == "" {
			return
		}
		h.told = newTellBox(h.frame, words.T("ui.close"), func() { h.tell(words.Line{}, nil) }, h.actions.cause)
		h.body.Objects = slices.Insert(h.body.Objects, 0, fyne.CanvasObject(h.told))
	}
	h.told.set(said, err)
	h.body.Refresh()
}

// draw brings everything to a page.
func (h *home) draw(p view.Page) {
	h.page = p
	h.waiting("")
	h.add.Show()
	h.more.Show()
	h.drawBanner(p.Banner)
	h.drawWelcome(len(p.Cards) == 0)
	kit.Show(h.cards.Column, len(p.Cards) > 0)
	h.drawCards(p.Cards)
	h.arrange()
}

func (h *home) drawBanner(v view.Banner) {
	if h.banner == nil {
		if v.What == "" {
			return
		}
		h.banner = newBannerBox(h.frame, h.actions.memoryOnly, h.actions.keychain)
		h.body.Objects = slices.Insert(h.body.Objects, slices.Index(h.body.Objects, fyne.CanvasObject(h.start)),
			fyne.CanvasObject(h.banner))
		h.body.Refresh()
	}
	h.banner.set(v)
}

// drawWelcome shows the ways to begin while there is no account.
func (h *home) drawWelcome(empty bool) {
	if h.empty == nil {
		if !empty {
			return
		}
		w := welcomeActions{add: h.actions.add, openFile: h.actions.openFile}
		if h.page.OffersDemo {
			w.demo = h.actions.demo
		}
		h.empty = newWelcome(h.frame, w)
		h.body.Add(h.empty)
	}
	kit.Show(h.empty, empty)
}

// drawCards updates the cards in place. Cards come and go only with their accounts.
func (h *home) drawCards(cards []view.Card) {
	changed := h.cards.Set(idsOf(cards), func(id string) *card {
		return newCard(h.frame, func(do view.Intent) { h.actions.act(id, do) })
	})
	for _, v := range cards {
		if c, there := h.cards.At(v.ID); there {
			c.update(v)
		}
	}
	if changed {
		h.root.Refresh()
	}
}

// arrange shows the cards that the width allows, and the list.
func (h *home) arrange() {
	ids := h.cards.IDs()
	if !slices.Contains(ids, h.selected) && len(ids) > 0 {
		h.selected = ids[0]
	}
	for _, id := range ids {
		if c, there := h.cards.At(id); there {
			kit.Show(c, !h.wide || id == h.selected)
		}
	}
	if h.list != nil {
		h.list.update(h.page.Cards, h.selected)
	}
}

// selectAccount shows one account in a wide window.
func (h *home) selectAccount(id string) {
	h.selected = id
	h.arrange()
	h.scroll.ScrollToTop()
	h.cards.Column.Refresh()
}

// focusAccount leads the keyboard to what can be done with an account.
func (h *home) focusAccount(id string) {
	if c, there := h.cards.At(id); there {
		h.frame.Focus(c.primary)
	}
}

// openMenu shows what concerns no single account.
func (h *home) openMenu() {
	items := []*fyne.MenuItem{
		kit.MenuItem(words.T("ui.home.add-account"), kit.Key(keyAdd), h.actions.add),
		kit.MenuItem(words.T("ui.welcome.file"), kit.Key(keyOpen), h.actions.openFile),
	}
	if h.page.OffersDemo {
		items = append(items, kit.MenuItem(words.T("ui.welcome.demo"), nil, h.actions.demo))
	}
	if h.page.MemoryOnly {
		items = append(items, kit.MenuItem(words.T("ui.keychain.use"), nil, h.actions.keychain))
	}
	items = append(items, fyne.NewMenuItemSeparator(), kit.MenuItem(words.T("ui.about"), nil, h.actions.about),
		kit.MenuItem(words.T("ui.quit.quit"), nil, h.actions.quit))
	h.frame.PopUp(h.more, items...)
}
