package tray

import (
	"runtime"
	"strings"
	"sync/atomic"

	"fyne.io/systray"

	"keyfob/assets"
	"keyfob/internal/words"
)

// slotStep is how many submenus are made at a time; most people never see a second step.
const slotStep = 8

// items is the menu's fixed set of items. One account is shown flat, several as a submenu each:
//
//	Acme: Signed in as Jane Doe      Acme     ▸  Signed in as Jane Doe
//	Sign out                         Globex   ▸  Sign out
//	Copy access token                            Copy access token
//	──────────────────               ──────────
//	Open Keyfob                      Open Keyfob
//	Quit Keyfob                      Quit Keyfob
type items struct {
	wait  func(*item) // makes clicks on the item known
	icon  assets.TrayState
	dark  bool
	drawn bool
	tip   string

	flat  *slot
	slots []*slot
	open  *item
	quit  *item
}

func newItems(wait func(*item)) *items {
	m := &items{wait: wait}
	m.flat = m.newSlot(systray.AddMenuItem)
	m.grow()
	return m
}

// grow adds submenus and puts the last two items below them. The old ones stay, hidden: see the package comment.
func (m *items) grow() {
	if m.open != nil {
		m.open.show(false)
		m.quit.show(false)
	}
	for range slotStep {
		parent := m.item(systray.AddMenuItem("", ""))
		s := m.newSlot(parent.it.AddSubMenuItem)
		s.parent = parent
		m.slots = append(m.slots, s)
		parent.show(false)
	}
	systray.AddSeparator()
	m.open, m.quit = m.item(systray.AddMenuItem("", "")), m.item(systray.AddMenuItem("", ""))
	m.quit.set(words.T("tray.quit"), true, click{what: quit})
}

// apply brings everything to v. Only what differs is sent, so that an open menu stays quiet.
func (m *items) apply(v view, dark bool) {
	m.applyIcon(v, dark)
	for len(v.accounts) > len(m.slots) {
		m.grow()
	}
	m.applySlots(v.accounts)
	m.open.set(v.open(), true, click{what: open})
	m.flat.state.show(len(v.accounts) < 2)
	m.flat.act.show(len(v.accounts) == 1 && v.accounts[0].label != "")
	m.flat.copy.show(len(v.accounts) == 1)
	switch len(v.accounts) {
	case 0:
		m.flat.state.set(words.T("tray.empty"), false, click{})
	case 1:
		m.flat.apply(v.accounts[0], v.accounts[0].alone())
	}
}

func (m *items) applySlots(accounts []entry) {
	for i, s := range m.slots {
		used := len(accounts) > 1 && i < len(accounts)
		s.parent.show(used)
		if used {
			s.parent.set(accounts[i].title, true, click{})
			s.apply(accounts[i], accounts[i].state)
		}
	}
}

func (m *items) applyIcon(v view, dark bool) {
	if !m.drawn || m.icon != v.icon || m.dark != dark {
		systray.SetTemplateIcon(assets.Tray(v.icon, false), assets.Tray(v.icon, dark))
	}
	if !m.drawn || m.tip != v.tooltip {
		systray.SetTooltip(v.tooltip)
	}
	m.icon, m.dark, m.tip, m.drawn = v.icon, dark, v.tooltip, true
}

// slot is the three items of one account.
type slot struct {
	parent           *item // nil for the flat one
	state, act, copy *item
}

func (m *items) newSlot(add func(title, tooltip string) *systray.MenuItem) *slot {
	return &slot{state: m.item(add("", "")), act: m.item(add("", "")), copy: m.item(add("", ""))}
}

func (s *slot) apply(e entry, state string) {
	s.state.set(state, false, click{})
	if s.act.show(e.label != ""); e.label != "" {
		s.act.set(e.label, e.act != nothing, click{e.act, e.id})
	}
	s.copy.set(words.T("tray.copy-token"), e.copy, click{copyToken, e.id})
}

// item is one menu item and what it looks like now.
type item struct {
	it      *systray.MenuItem
	title   string
	hidden  bool
	enabled bool
	click   atomic.Value // click; read by the goroutine that waits for clicks
}

func (m *items) item(it *systray.MenuItem) *item {
	i := &item{it: it, enabled: true}
	i.click.Store(click{})
	m.wait(i)
	return i
}

// set gives the item its words and its action.
func (i *item) set(title string, enabled bool, c click) {
	i.click.Store(c)
	if title = mnemonics.Replace(title); i.title != title {
		i.title = title
		i.it.SetTitle(title)
	}
	switch {
	case i.enabled == enabled:
	case enabled:
		i.it.Enable()
	default:
		i.it.Disable()
	}
	i.enabled = enabled
}

// show comes before set: on Windows every change to a hidden item shows it.
func (i *item) show(visible bool) {
	switch {
	case i.hidden != visible:
	case visible:
		i.it.Show()
	default:
		i.it.Hide()
	}
	i.hidden = !visible
}

// mnemonics keeps names from being read as keyboard mnemonics: dbusmenu underlines after "_", Windows after "&".
var mnemonics = func() *strings.Replacer {
	if runtime.GOOS == "windows" {
		return strings.NewReplacer("&", "&&")
	}
	if runtime.GOOS == "darwin" {
		return strings.NewReplacer()
	}
	return strings.NewReplacer("_", "__")
}()
