package ui

import (
	"context"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// answerDelay is how long a prompt takes no answer after it came, or after somebody went on with something else: a
// press that was meant for what stood there before must not let a program in.
const answerDelay = 500 * time.Millisecond

// prompt asks whether a program may have a token. No button of it is there for Enter but No, and where somebody types
// or clicks on without having seen it, it waits until they pause.
type prompt struct {
	view.Question
	b       *base
	sheet   *kit.Sheet
	more    *kit.Text   // how many others wait
	trouble *kit.Remark // why the answer did not arrive
	buttons []*kit.Button
	refused func(error) // is told of an answer that did not arrive, too
	sent    bool        // it is answered; the request will be gone in a moment
	opensAt time.Time   // from then on it takes an answer
}

// openPrompt asks q on top of all sheets. closed is called when the prompt goes, for whatever reason.
func openPrompt(b *base, q view.Question, refused func(error), closed func()) *prompt {
	p := &prompt{Question: q, b: b, more: kit.NewText("", kit.Muted), trouble: kit.NewRemark(), refused: refused}
	p.choice(words.T("ui.prompt.no"), account.Refused)
	if q.Always {
		p.choice(words.T("ui.prompt.always"), account.Always)
	}
	p.choice(words.T("ui.prompt.hour"), account.AnHour)
	p.choice(words.T("ui.prompt.once"), account.Once)
	body := kit.NewColumn(2*kit.Grid,
		kit.NewColumn(1.5*kit.Grid, kit.Fact(words.T("ui.prompt.program"), q.Program),
			kit.Fact(words.T("ui.prompt.account"), q.Account)),
		kit.NewText(q.Means), kit.NewColumn(kit.Grid/2, kit.NewText(q.Deadline, kit.Muted), p.more), p.trouble)
	p.sheet = b.OpenUrgent(q.Title, body, p.buttons...)
	p.sheet.OnClosed = closed
	p.sheet.OnEscape = func() { p.answer(account.Refused) }
	p.sheet.OnTyped = p.pause
	p.begin()
	return p
}

func (p *prompt) choice(label string, a account.Answer) {
	p.buttons = append(p.buttons, p.b.NewButton(kit.Resting, label, func() { p.answer(a) }))
}

// begin leads the keyboard to No, wherever it was.
func (p *prompt) begin() {
	p.b.Focus(p.buttons[0])
	p.pause()
}

// pause takes no answer for a while.
func (p *prompt) pause() {
	p.opensAt = p.b.o.Now().Add(answerDelay)
	p.show(kit.Resting)
	p.b.after(answerDelay, func() {
		if p.takesAnswer() {
			p.show(kit.Plain)
		}
	})
}

func (p *prompt) show(r kit.Rank) {
	for _, b := range p.buttons {
		b.Set(r, b.Label(), true)
	}
}

func (p *prompt) takesAnswer() bool { return !p.sent && !p.b.o.Now().Before(p.opensAt) }

// answer tells the agent what the person says. The sheet goes with the request.
func (p *prompt) answer(a account.Answer) {
	if !p.takesAnswer() {
		p.pause()
		return
	}
	p.sent = true
	p.show(kit.Resting)
	agent := p.b.agent
	p.b.task(func(ctx context.Context) {
		if err := agent.Answer(ctx, p.ID, a); err != nil && ctx.Err() == nil {
			p.b.do(func() { p.failed(err) })
		}
	})
}

// failed says why the answer did not arrive, or was not kept. It tells the page as well: the request may be over by
// then, and the prompt with it.
func (p *prompt) failed(err error) {
	p.refused(err)
	p.trouble.Set(words.Needed, view.Sentence(err))
	p.sheet.Refresh()
	p.sent = false
	p.pause()
}
