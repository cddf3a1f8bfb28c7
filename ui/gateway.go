package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"keyfob/account"
	"keyfob/words"
)

// switchGateway opens the gateway of an account, or closes the one that is open.
func (w *Window) switchGateway(id string) {
	if a, _ := w.snapshot.Account(id); a.GatewayURL != "" {
		w.ask(id, gateway, func(ctx context.Context, r Resident) error { return r.CloseGateway(ctx, id) })
		return
	}
	w.asking(id, gateway)
	r := w.resident
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

// openDoor shows the address and the key of a gateway that was opened just now. The key is shown this once.
func (w *Window) openDoor(id string, door account.GatewayDoor) {
	address := w.newButton(plain, "Copy address", nil)
	key := w.newButton(plain, "Copy key", nil)
	var s *sheet
	copying := func(b, other *button, otherLabel string, put func()) func() {
		return func() {
			put()
			b.set(plain, "Copied", true)
			other.set(plain, otherLabel, true)
			s.Refresh()
		}
	}
	address.pressed = copying(address, key, "Copy key", func() { w.copyText(door.URL) })
	key.pressed = copying(key, address, "Copy address", func() { w.copySecret(id, door.Key) })
	body := newColumn(2*grid,
		newText("Programs of yours that can only be given an address reach the API of "+nameOf(w.snapshot, id)+
			" here, until you switch the gateway off or Keyfob quits. Keyfob adds the token.", muted),
		doorBox("Address", door.URL, address),
		doorBox("Key", door.Key.Reveal(), key),
		newText("Give the key as the password, with any user name. It is not shown again, and whoever has it can use the "+
			"API in your name. Once copied, it is cleared in 30 s.", muted))
	s = w.openSheet("The gateway is open", body, nil, w.newButton(primary, "Done", func() { s.close() }))
}

func doorBox(label, value string, copying *button) fyne.CanvasObject {
	return container.NewStack(newSurface(theme.ColorNameBackground, ""), padded(1.5*grid, 1.5*grid,
		newColumn(grid, newText(label, strong), newText(value, anywhere, monospace), newFlow(copying))))
}
