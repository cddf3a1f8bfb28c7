package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"keyfob/internal/account"
	"keyfob/internal/words"
)

// switchGateway opens the gateway of an account, or closes the one that is open.
func (w *Window) switchGateway(id string) {
	if a, _ := w.snapshot.Account(id); a.GatewayURL != "" {
		w.ask(id, gateway, func(ctx context.Context, r Agent) error { return r.CloseGateway(ctx, id) })
		return
	}
	w.asking(id, gateway)
	r := w.agent
	w.task(func(ctx context.Context) {
		door, err := r.OpenGateway(ctx, id)
		w.do(func() {
			w.answered(id, words.Line{}, err)
			if err == nil {
				w.openDoor(id, door)
			}
		})
	})
}

// openDoor shows the addresses and the key of a gateway that was opened just now. The key is shown this once.
func (w *Window) openDoor(id string, door account.GatewayDoor) {
	var s *sheet
	var rest []func() // has a button say what it does
	copying := func(label string, put func()) *button {
		b := w.newButton(plain, label, nil)
		rest = append(rest, func() { b.set(plain, label, true) })
		b.pressed = func() {
			put()
			for _, again := range rest {
				again()
			}
			b.set(plain, "Copied", true)
			s.Refresh()
		}
		return b
	}
	addresses := addressesOf(door)
	a, _ := w.snapshot.Account(id)
	says := "Programs of yours that can only be given an address reach the API of " + nameOf(w.snapshot, id) +
		" here, until you switch the gateway off or Keyfob quits. Keyfob adds the token."
	if len(addresses) > 1 {
		says += " Each address leads to the one beneath it."
	}
	body := newColumn(2*grid, newText(says, muted))
	for _, at := range addresses {
		body.Add(doorBox("Address", at.URL, at.API, copying("Copy address", func() { w.copyText(at.URL) })))
	}
	body.Add(doorBox("Key", door.Key.Reveal(), "", copying("Copy key", func() { w.copySecret(id, door.Key) })))
	body.Add(newText("Give the key as the password, with any user name. It is not shown again, and whoever has it can use the "+
		"API "+asWhom(a)+". Once copied, it is cleared in 30 s.", muted))
	s = w.openSheet("The gateway is open", body, nil, w.newButton(primary, "Done", func() { s.close() }))
}

// addressesOf are a gateway's addresses. Where there is one, nobody has to be told what it leads to.
func addressesOf(door account.GatewayDoor) []account.GatewayAddress {
	if len(door.Addresses) < 2 {
		return []account.GatewayAddress{{URL: door.URL}}
	}
	return door.Addresses
}

// doorBox has something to copy, and beneath it where it leads, if that has to be told.
func doorBox(label, value, leads string, copying *button) fyne.CanvasObject {
	beneath := newText("", anywhere, small, muted)
	beneath.set(leads)
	return container.NewStack(newSurface(theme.ColorNameBackground, ""), padded(1.5*grid, 1.5*grid,
		newColumn(grid, newText(label, strong), newText(value, anywhere, monospace), beneath, newFlow(copying))))
}
