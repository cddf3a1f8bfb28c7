package ui

import (
	"context"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// secretForm is the sheet in which one gives an account its client's secret. What is typed is masked, and goes nowhere
// but to the agent.
type secretForm struct {
	b     *base
	id    string
	kept  func(said words.Line) // is told once the secret is kept
	sheet *kit.Sheet

	entry         *kit.Field
	answer        *kit.Remark
	save, untried *kit.Button
	cancel        context.CancelFunc // of a trial; nil: none is under way
}

// openSecret asks for the secret of an account that is called name.
func openSecret(b *base, id, name string, kept func(said words.Line)) {
	f := &secretForm{b: b, id: id, kept: kept, answer: kit.NewRemark()}
	f.entry = b.NewField(func(string) { f.say(nil) })
	f.entry.Password = true
	f.entry.ActionItem = canvas.NewRectangle(color.Transparent) // in the place of the one that shows what is typed
	f.save = b.NewButton(kit.Primary, words.T("ui.secret.save"), func() { f.give(false) })
	f.untried = b.NewButton(kit.Plain, words.T("ui.secret.untried"), func() { f.give(true) })
	f.untried.Hide()
	body := kit.NewColumn(2*kit.Grid, kit.NewText(words.T("ui.secret.about"), kit.Muted),
		kit.NewColumn(kit.Grid/2, kit.NewText(words.T("ui.secret.label"), kit.Strong), f.entry, f.answer))
	cancel := b.NewButton(kit.Plain, words.T("ui.cancel"), func() { f.sheet.Close() })
	f.sheet = b.Open(words.T("ui.secret.title", "account", name), body, f.entry, f.save, f.untried, cancel)
	f.sheet.OnClosed = f.stop
}

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
	f.answer.Set(words.Needed, view.SecretComplaint(err))
	kit.Show(f.untried, slices.Contains(untriable, fault.CodeOf(err)))
	f.sheet.Refresh()
}

// untriable are the answers that say nothing about a secret.
var untriable = []fault.Code{
	fault.Offline, fault.ProviderTrouble, fault.AnswerLost, fault.RateLimited, fault.CapReached,
}

// give hands the secret over. One at a time is tried.
func (f *secretForm) give(untried bool) {
	agent := f.b.agent
	if agent == nil || f.cancel != nil {
		return
	}
	s := secret.New(f.entry.Text)
	var ctx context.Context
	ctx, f.cancel = context.WithCancel(f.b.ctx)
	f.say(nil)
	f.setTrying(true)
	f.b.task(func(context.Context) {
		err := giveSecret(ctx, agent, f.id, s, untried)
		f.b.do(func() { f.given(ctx, untried, err) })
	})
}

// setTrying shows whether a secret is being tried.
func (f *secretForm) setTrying(trying bool) {
	label := words.T("ui.secret.save")
	if trying {
		label = words.T("ui.secret.trying")
		f.entry.Disable()
	} else {
		f.entry.Enable()
	}
	f.save.Set(kit.Primary, label, !trying)
	f.sheet.Refresh()
}

// giveSecret has the keychain ask to be unlocked where it must: a person is here.
func giveSecret(ctx context.Context, agent Agent, id string, s secret.Text, untried bool) error {
	err := agent.SetSecret(ctx, id, s, untried)
	if fault.CodeOf(err) != fault.KeychainLocked {
		return err
	}
	if err = agent.RetryKeychain(ctx); err != nil {
		return err
	}
	return agent.SetSecret(ctx, id, s, untried)
}

// given ends the sheet, or says why the secret was not taken.
func (f *secretForm) given(ctx context.Context, untried bool, err error) {
	if ctx.Err() != nil {
		return // the sheet has gone
	}
	f.cancel()
	f.cancel = nil
	f.setTrying(false)
	if err != nil {
		f.say(err)
		if f.b.Top() == f.sheet {
			f.b.Focus(f.entry)
		}
		f.entry.TypedShortcut(&fyne.ShortcutSelectAll{}) // nobody can mend what they cannot see
		return
	}
	f.sheet.Close()
	if untried {
		f.kept(words.Line{Text: words.T("ui.secret.kept-untried"), Tone: words.Quiet})
		return
	}
	f.kept(words.Line{Text: words.T("ui.secret.kept"), Tone: words.Good})
}
