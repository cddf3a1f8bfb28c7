// Package ui is Keyfob's window: a client of the agent that draws what the agent says and sends it what the person
// wants.
//
// It holds no token and keeps no state of its own beyond what one sees: every redraw is made from the latest
// account.Snapshot, turned into words and choices by package ui/view, and applied to the cards in place, so that focus
// and selection survive. What takes time runs in goroutines and comes back through Options.Do; everything else here
// runs on the one goroutine of the window system.
//
// Nothing is read from disk or network before the first frame, and nothing moves unless something happened: there are
// no animations while one waits for the browser.
//
// The files: base.go (what comes from outside, and what the window shares with its sheets), window.go (what runs and
// redraws), leave.go (its end). What a person can ask for: page.go and file.go; for one account act.go (what, and how
// it is answered), signin.go, token.go, access.go, manage.go. The page: home.go, card.go, waitbox.go, list.go,
// boxes.go, welcome.go. The sheets, each made by one function that says what it needs: templates.go, add.go and
// field.go, trust.go, secret.go, call.go, gateway.go, facts.go, programs.go, prompt.go, confirm.go. The clipboard:
// clipboard.go, hold.go.
//
// What all are made of is package ui/kit.
//
// It takes a fyne.App and never imports fyne/v2/app, so that it is tested without a display.
//
// It may import: account, assets, profile, ui/kit, ui/view, words, internal/…
package ui
