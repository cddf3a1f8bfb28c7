package ui

import (
	"context"
	"image/color"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/internal/words"
)

// secretForm is the sheet in which one gives a program's account its client's secret. What is typed is masked, and goes
// nowhere but to the agent.
type secretForm struct {
	w     *Window
	id    string
	sheet *sheet

	entry         *field
	answer        *remark
	save, untried *button
	cancel        context.CancelFunc // of a trial; nil: none is under way
}

const aboutSecret = "The service gave it to you with the client’s id. Keyfob asks for one token with it, then keeps " +
	"both in your keychain. It is never shown again."

// openSecret asks for the secret of an account that is called name.
func (w *Window) openSecret(id, name string) {
	f := &secretForm{w: w, id: id, answer: newRemark()}
	f.entry = w.newField(func(string) { f.say(nil) })
	f.entry.Password = true
	f.entry.ActionItem = canvas.NewRectangle(color.Transparent) // in the place of the one that shows what is typed
	f.save = w.newButton(primary, saveSecret, func() { f.give(false) })
	f.untried = w.newButton(plain, "Keep it untried", func() { f.give(true) })
	f.untried.Hide()
	body := newColumn(2*grid, newText(aboutSecret, muted),
		newColumn(grid/2, newText("Client secret", strong), f.entry, f.answer))
	f.sheet = w.openSheet("Secret of "+name, body, f.entry, f.save, f.untried,
		w.newButton(plain, "Cancel", func() { f.sheet.close() }))
	f.sheet.onClosed = f.stop
}

const saveSecret = "Save secret"

// stop ends a trial, and forgets what was typed.
func (f *secretForm) stop() {
	if f.cancel != nil {
		f.cancel()
	}
	f.entry.OnChanged = nil
	f.entry.SetText("")
}

// say tells why a secret was not taken; nil takes that away.
func (f *secretForm) say(err error) {
	said := words.Line{}
	if err != nil {
		said = words.Line{Text: pasteComplaint(err), Tone: words.Needed}
	}
	f.answer.set(said.Tone, said.Text)
	show(f.untried, slices.Contains(untriable, fault.CodeOf(err)))
	f.sheet.Refresh()
}

// untriable are the answers that say nothing about a secret.
var untriable = []fault.Code{
	fault.Offline, fault.ProviderTrouble, fault.AnswerLost, fault.RateLimited, fault.CapReached,
}

// pasteComplaint is what is wrong with a secret. Of one that was pasted wrongly the agent says itself what to do.
func pasteComplaint(err error) string {
	if f := fault.Of(err); f.Code == fault.BadUsage && f.Args["reason"] != "" {
		return strings.ToUpper(f.Args["reason"][:1]) + f.Args["reason"][1:] + "."
	}
	return sentence(err)
}

// give hands the secret over. One at a time is tried.
func (f *secretForm) give(untried bool) {
	r := f.w.agent
	if r == nil || f.cancel != nil {
		return
	}
	s := secret.New(f.entry.Text)
	var ctx context.Context
	ctx, f.cancel = context.WithCancel(f.w.ctx)
	f.say(nil)
	f.rest(true)
	f.w.task(func(context.Context) {
		err := giveSecret(ctx, r, f.id, s, untried)
		f.w.do(func() { f.given(ctx, untried, err) })
	})
}

// rest shows whether a secret is being tried.
func (f *secretForm) rest(trying bool) {
	label := saveSecret
	if trying {
		label = "Trying it…"
		f.entry.Disable()
	} else {
		f.entry.Enable()
	}
	f.save.set(primary, label, !trying)
	f.sheet.Refresh()
}

// giveSecret has the keychain ask to be unlocked where it must: a person is here.
func giveSecret(ctx context.Context, r Agent, id string, s secret.Text, untried bool) error {
	err := r.SetSecret(ctx, id, s, untried)
	if fault.CodeOf(err) != fault.KeychainLocked {
		return err
	}
	if err = r.RetryKeychain(ctx); err != nil {
		return err
	}
	return r.SetSecret(ctx, id, s, untried)
}

// given ends the sheet, or says why the secret was not taken.
func (f *secretForm) given(ctx context.Context, untried bool, err error) {
	if ctx.Err() != nil {
		return // the sheet has gone
	}
	f.cancel()
	f.cancel = nil
	f.rest(false)
	if err != nil {
		f.say(err)
		if f.w.topSheet() == f.sheet {
			f.w.win.Canvas().Focus(f.entry)
		}
		f.entry.TypedShortcut(&fyne.ShortcutSelectAll{}) // nobody can mend what they cannot see
		return
	}
	f.sheet.close()
	f.goOn()
	said := words.Line{Text: "The secret works, and is kept", Tone: words.Good}
	if untried {
		said = words.Line{Text: "The secret is kept. It is tried when a token is needed", Tone: words.Quiet}
	}
	f.w.answered(f.id, said, nil)
}

// goOn leads the keyboard to what can be done with the account now, unless it comes from somewhere else there.
func (f *secretForm) goOn() {
	c := f.w.home.byID[f.id]
	if canvas := f.w.win.Canvas(); c != nil && canvas.Focused() == nil {
		canvas.Focus(c.primary)
	}
}

// forgetSecret asks before a secret goes: nobody can read it back.
func (w *Window) forgetSecret(id string) {
	a, _ := w.snapshot.Account(id)
	body := newText("Programs get no token for " + a.Name + " until you enter its secret again. Nothing is told to the " +
		"service: a token that was given works until it ends.")
	var s *sheet
	keep := w.newButton(plain, "Cancel", func() { s.close() })
	s = w.openSheet("Forget the secret?", body, keep, w.newButton(primary, "Forget secret", func() {
		s.close()
		w.ask(id, forgetSecret, func(ctx context.Context, r Agent) error { return r.ForgetSecret(ctx, id) })
	}), keep)
}

// nameOf is what an account is called.
func nameOf(s account.Snapshot, id string) string {
	a, _ := s.Account(id)
	return a.Name
}
