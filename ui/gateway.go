package ui

import (
	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// opened is a gateway that was opened just now, and how what it shows gets onto the clipboard.
type opened struct {
	account account.Account
	gateway account.OpenGateway
	copyURL func(string)
	copyKey func()
}

// openGateway shows the addresses and the key of a gateway. The key is shown this once.
func openGateway(f *kit.Frame, o opened) {
	var s *kit.Sheet
	var rest []func() // has a button say what it does
	copying := func(label string, put func()) *kit.Button {
		b := f.NewButton(kit.Plain, label, nil)
		rest = append(rest, func() { b.Set(kit.Plain, label, true) })
		b.Pressed = func() {
			put()
			for _, again := range rest {
				again()
			}
			b.Set(kit.Plain, words.T("ui.copied"), true)
			s.Refresh()
		}
		return b
	}
	addresses := addressesOf(o.gateway)
	about := words.T("ui.gateway.about", "account", o.account.Name)
	if len(addresses) > 1 {
		about = words.T("ui.gateway.about-several", "account", o.account.Name)
	}
	body := kit.NewColumn(2*kit.Grid, kit.NewText(about, kit.Muted))
	for _, at := range addresses {
		b := copying(words.T("ui.gateway.copy-address"), func() { o.copyURL(at.URL) })
		body.Add(copyBox(words.T("ui.gateway.address"), at.URL, at.API, b))
	}
	b := copying(words.T("ui.gateway.copy-key"), o.copyKey)
	body.Add(copyBox(words.T("ui.gateway.key"), o.gateway.Key.Reveal(), "", b))
	give := words.T("ui.gateway.give-key", "as", words.ActsAs(o.account), "seconds", int(view.ClipboardTime.Seconds()))
	body.Add(kit.NewText(give, kit.Muted))
	done := f.NewButton(kit.Primary, words.T("ui.done"), func() { s.Close() })
	s = f.Open(words.T("ui.gateway.title"), body, nil, done)
}

// addressesOf are a gateway's addresses. Where there is one, nobody has to be told what it leads to.
func addressesOf(g account.OpenGateway) []account.GatewayAddress {
	if len(g.Addresses) < 2 {
		return []account.GatewayAddress{{URL: g.URL}}
	}
	return g.Addresses
}

// copyBox has something to copy, and beneath it where it leads, if that has to be told.
func copyBox(label, value, leads string, copying *kit.Button) fyne.CanvasObject {
	beneath := kit.NewText("", kit.Anywhere, kit.Small, kit.Muted)
	beneath.Set(leads)
	return kit.Panel("", kit.NewColumn(kit.Grid, kit.NewText(label, kit.Strong),
		kit.NewText(value, kit.Anywhere, kit.Monospace), beneath, kit.NewFlow(copying)))
}
