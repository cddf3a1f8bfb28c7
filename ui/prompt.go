package ui

import (
	"context"
	"slices"
	"strconv"
	"time"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/words"
)

// hush is how long a prompt takes no answer after it came, or after somebody went on with something else: a press that
// was meant for what stood there before must not let a program in.
const hush = 500 * time.Millisecond

// question is what a prompt asks. When it changes, the prompt comes anew.
type question struct {
	id       string // of the request; empty: there is no question
	title    string
	program  string // its path, or that nobody knows it
	account  string // and who is signed in
	means    string // what a yes means
	deadline string
	always   bool // can be an answer
}

// prompt asks whether a program may have a token. No button of it is there for Enter but No, and where somebody types
// or clicks on without having seen it, it waits until they pause.
type prompt struct {
	question
	w       *Window
	sheet   *sheet
	more    *text   // how many others wait
	trouble *remark // why the answer did not arrive
	buttons []*button
	sent    bool      // it is answered; the request will be gone in a moment
	awake   time.Time // from then on it takes an answer
}

// drawPrompt brings the prompt to the request that waits longest. It goes by itself when that has gone: it was answered
// elsewhere, or nobody answered in time. Who wants to leave is not kept by it.
func (w *Window) drawPrompt() {
	q := w.question()
	if w.prompt != nil && w.prompt.question != q {
		w.prompt.sheet.remove()
	}
	if q.id == "" {
		return
	}
	if w.prompt == nil {
		w.openPrompt(q)
	}
	w.prompt.more.set(moreWait(len(w.snapshot.Requests) - 1))
}

// question is the one to ask now.
func (w *Window) question() question {
	if len(w.snapshot.Requests) == 0 || slices.ContainsFunc(w.sheets, asksToLeave) {
		return question{}
	}
	r := w.snapshot.Requests[0]
	a, _ := w.snapshot.Account(r.Account)
	return questionOf(r, a, w.o.Now())
}

func questionOf(r account.Request, a account.Account, now time.Time) question {
	q := question{
		id: r.ID, title: r.Program.Name + " wants a token for " + a.Name, program: r.Program.Path, account: a.Name,
		means:    "It can use the service " + asWhom(a) + " for as long as the token lives.",
		deadline: "No answer by " + words.Until(r.Expires, now) + " counts as no.", always: r.Program.Path != "",
	}
	if !q.always {
		q.program = "Your system does not tell which one"
	}
	if r.Program.ByKeyfob {
		q.program += "\nwith keyfob"
	}
	if who := words.Who(a.Who); who != "" {
		q.account += " · " + who
	}
	return q
}

func moreWait(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 more waits"
	}
	return strconv.Itoa(n) + " more wait"
}

// asWhom tells as whom a program with a token acts.
func asWhom(a account.Account) string {
	if a.Machine != nil {
		return "as " + a.Name
	}
	return "in your name"
}

func (w *Window) openPrompt(q question) {
	p := &prompt{question: q, w: w, more: newText("", muted), trouble: newRemark()}
	answer := func(label string, a account.Answer) *button {
		b := w.newButton(resting, label, func() { p.answer(a) })
		p.buttons = append(p.buttons, b)
		return b
	}
	answer("No", account.Refused)
	if q.always {
		answer("Always", account.Always)
	}
	answer("For an hour", account.AnHour)
	answer("Once", account.Once)
	body := newColumn(2*grid,
		newColumn(1.5*grid, fact("Program", q.program), fact("Account", q.account)),
		newText(q.means), newColumn(grid/2, newText(q.deadline, muted), p.more), p.trouble)
	p.sheet = w.putSheet(q.title, body, nil, p.buttons...)
	p.sheet.onClosed = func() { w.prompt = nil }
	w.prompt = p
	p.begin()
}

// begin leads the keyboard to No, wherever it was.
func (p *prompt) begin() {
	p.w.win.Canvas().Focus(fyne.Focusable(p.buttons[0]))
	p.rest()
}

// rest takes no answer for a while.
func (p *prompt) rest() {
	p.awake = p.w.o.Now().Add(hush)
	p.show(resting)
	p.w.after(hush, func() {
		if p.takesAnswer() {
			p.show(plain)
		}
	})
}

func (p *prompt) show(r rank) {
	for _, b := range p.buttons {
		b.set(r, b.label, true)
	}
}

func (p *prompt) takesAnswer() bool { return !p.sent && !p.w.o.Now().Before(p.awake) }

// answer tells the agent what the person says. The sheet goes with the request.
func (p *prompt) answer(a account.Answer) {
	if !p.takesAnswer() {
		p.rest()
		return
	}
	p.sent = true
	p.show(resting)
	r := p.w.agent
	p.w.task(func(ctx context.Context) {
		if err := r.Answer(ctx, p.id, a); err != nil && ctx.Err() == nil {
			p.w.do(func() { p.failed(err) })
		}
	})
}

// failed says why the answer did not arrive, or was not kept. It says so above the cards as well: the request may be
// over by then, and the prompt with it.
func (p *prompt) failed(err error) {
	said := words.Line{Text: sentence(err), Tone: words.Needed}
	p.w.home.tell(said, err)
	p.trouble.set(said.Tone, said.Text)
	p.sheet.Refresh()
	p.sent = false
	p.rest()
}
