package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"keyfob/internal/secret"
	"keyfob/ui/view"
)

// copied is the secret that this window has put on the clipboard.
type copied struct {
	secret secret.Text
	gone   func()
	timer  *time.Timer
}

// copySecret puts a token or a key on the clipboard for a while. gone is told when it is taken off again.
func (b *base) copySecret(s secret.Text, gone func()) {
	b.uncopy()
	b.o.App.Clipboard().SetContent(s.Reveal())
	b.copied = copied{secret: s, gone: gone, timer: b.after(view.ClipboardTime, b.uncopy)}
}

// uncopy takes the secret off the clipboard, if it is still there: what a person has copied since is theirs.
func (b *base) uncopy() {
	last := b.copied
	if last.secret.Empty() {
		return
	}
	b.copied = copied{}
	last.timer.Stop()
	clearClipboard(b.o.App, last.secret)
	last.gone()
}

func clearClipboard(a fyne.App, s secret.Text) {
	if c := a.Clipboard(); s.Equal(secret.New(c.Content())) {
		c.SetContent("")
	}
}

// copyText copies what is no secret.
func (b *base) copyText(s string) {
	b.uncopy()
	b.o.App.Clipboard().SetContent(s)
}
