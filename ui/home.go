package ui

import (
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"keyfob/internal/account"
	"keyfob/internal/words"
)

// The width from which the window shows a list beside one card, and the widths of its parts.
const (
	wideFrom  = 820
	listWidth = 35 * grid
	cardWidth = 75 * grid // a card, at most
)

// home is all of the window that is not a sheet. Only what shows is built: the first frame has a title.
type home struct {
	w      *Window
	root   *fyne.Container
	head   *fyne.Container
	line   *surface // between list and card
	list   *list
	scroll *container.Scroll
	body   *fyne.Container

	add, more *button
	start     *text      // while there is nothing else
	told      *tellBox   // an answer that belongs to no single account
	banner    *bannerBox // the keychain cannot be used
	empty     *fyne.Container
	missing   *tellBox // the agent is not there
	cards     *fyne.Container
	byID      map[string]*card
	order     []string
	wide      bool
}

func (w *Window) newHome() *home {
	h := &home{w: w, byID: map[string]*card{}, cards: newColumn(1.5 * grid), start: newText("", muted, centred)}
	h.add = w.newIconButton(theme.ContentAddIcon(), "Add account", w.openAdd)
	h.more = w.newIconButton(theme.MoreHorizontalIcon(), "Menu", h.openMenu)
	h.add.fixed, h.more.fixed = true, true
	h.add.Hide()
	h.more.Hide()
	h.start.Hide()
	h.head = padded(grid, 2*grid, container.New(row{gap: grid / 2, grow: 0},
		newText("Keyfob", strong, large, oneLine), h.add, h.more, strut(4*grid)))
	h.body = newColumn(1.5*grid, h.start, h.cards)
	h.scroll = container.NewVScroll(container.New(measure{cardWidth + 4*grid}, padded(grid, 2*grid, h.body)))
	h.root = container.New(homeLayout{h}, h.head, h.scroll)
	return h
}

// homeLayout puts the head on top, and below it the cards, with the list beside them where there is room.
type homeLayout struct{ h *home }

func (homeLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(40*grid, 30*grid) }

func (l homeLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	h := l.h
	h.setWide(size.Width >= wideFrom && len(h.order) > 0)
	top := heightAt(h.head, size.Width)
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
		h.list, h.line = h.w.newList(), newSurface(theme.ColorNameSeparator, "")
		h.line.square = true
		h.root.Objects = []fyne.CanvasObject{h.head, h.list.scroll, h.line, h.scroll}
	}
	show(h.list.scroll, wide)
	show(h.line, wide)
	h.arrange(h.w.o.Now())
}

// waiting shows a word while there is nothing else to show, or none.
func (h *home) waiting(word string) {
	h.start.set(word)
	if h.missing != nil {
		h.missing.Hide()
	}
}

// lost says why the agent cannot be reached, and offers to try again.
func (h *home) lost(err error) {
	if h.missing == nil {
		h.missing = h.w.newTellBox()
		h.missing.button("Start again", h.w.connect)
		h.body.Objects = slices.Insert(h.body.Objects, 0, fyne.CanvasObject(h.missing))
	}
	h.start.set("")
	said := sentence(err)
	if errors.Is(err, errStopped) {
		said = "Keyfob has stopped. Sign-ins in your keychain are safe."
	}
	h.missing.set(words.Line{Text: said, Tone: words.Needed}, err)
	show(h.cards, false)
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

// draw brings everything to the window's snapshot.
func (h *home) draw(now time.Time) {
	s := h.w.snapshot
	h.waiting("")
	h.add.Show()
	h.more.Show()
	h.drawBanner(bannerOf(s.Keychain))
	h.drawWelcome(len(s.Accounts) == 0, s.Agent.Demo)
	show(h.cards, len(s.Accounts) > 0)
	h.drawCards(s, now)
	h.arrange(now)
}

// drawCards updates the cards in place. Cards come and go only with their accounts.
func (h *home) drawCards(s account.Snapshot, now time.Time) {
	var order []string
	for _, a := range s.Accounts {
		c := h.byID[a.ID]
		if c == nil {
			c = h.w.newCard(a.ID)
			h.byID[a.ID] = c
		}
		c.update(viewOf(a, *h.w.local(a.ID), now))
		order = append(order, a.ID)
	}
	if slices.Equal(order, h.order) {
		return
	}
	for id := range h.byID {
		if !slices.Contains(order, id) {
			delete(h.byID, id)
		}
	}
	h.order = order
	h.cards.Objects = nil
	for _, id := range order {
		h.cards.Objects = append(h.cards.Objects, h.byID[id])
	}
	h.root.Refresh()
}

// arrange shows the cards that the width allows, and the list.
func (h *home) arrange(now time.Time) {
	if !slices.Contains(h.order, h.w.selected) && len(h.order) > 0 {
		h.w.selected = h.order[0]
	}
	var views []cardView
	for _, id := range h.order {
		show(h.byID[id], !h.wide || id == h.w.selected)
		views = append(views, h.byID[id].view)
	}
	if h.list != nil {
		h.list.update(views, h.w.selected)
	}
}

// selectAccount shows one account in a wide window.
func (w *Window) selectAccount(id string) {
	w.selected = id
	w.home.arrange(w.o.Now())
	w.home.scroll.ScrollToTop()
	w.home.cards.Refresh()
}

// showAwaited turns to an account that has been waited for, once it is there.
func (w *Window) showAwaited() {
	c := w.home.byID[w.awaited]
	if c == nil {
		return
	}
	w.awaited = ""
	w.selectAccount(c.view.id)
	if len(w.sheets) == 0 {
		w.win.Canvas().Focus(c.primary)
	}
}

// openMenu shows what concerns no single account.
func (h *home) openMenu() {
	w := h.w
	items := []*fyne.MenuItem{
		menuItem("Add account…", keyAdd, w.openAdd),
		menuItem("Open profile file…", keyOpen, w.chooseFile),
	}
	if w.snapshot.Agent.Demo && !slices.ContainsFunc(w.snapshot.Accounts, isDemo) {
		items = append(items, menuItem("Try the demo", nil, w.tryDemo))
	}
	if w.snapshot.Keychain.State == account.KeychainMemoryOnly {
		items = append(items, menuItem("Use the keychain", nil, w.useKeychain))
	}
	items = append(items, fyne.NewMenuItemSeparator(), menuItem("About Keyfob", nil, w.openAbout),
		menuItem("Quit Keyfob", nil, w.quit))
	w.popUp(h.more, items...)
}

func isDemo(a account.Account) bool { return a.Demo }
