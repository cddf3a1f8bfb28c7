// Package ui is Keyfob's window: a guest that draws what the agent says and sends it what the person wants.
//
// It holds no token and keeps no state of its own beyond what one sees: every redraw is made from the latest
// account.Snapshot, turned into words and buttons by pure code (view.go), and applied to the cards in place, so that
// focus and selection survive. What takes time runs in goroutines and comes back through Options.Do; everything else
// here runs on the one goroutine of the window system.
//
// Nothing is read from disk or network before the first frame, and nothing moves unless something happened: there are
// no animations while one waits for the browser.
//
// The files: window.go (what runs), view.go (what is shown), card.go, list.go, home.go (the window's parts), sheet.go
// and the sheets upon it (template.go, add.go, import.go, secret.go, call.go, gateway.go, details.go, programs.go,
// leave.go), prompt.go (a program that waits), layout.go, text.go, button.go, marks.go and boxes.go (what all are made
// of), theme.go, keys.go, clipboard.go.
//
// It takes a fyne.App and never imports fyne/v2/app, so that it is tested without a display.
//
// It may import: account, assets, profile, words, internal/…
package ui
