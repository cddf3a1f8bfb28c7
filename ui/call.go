package ui

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/secret"
	"keyfob/internal/words"
)

// Call is a request to an API.
type Call struct {
	Method string
	Target string // a path, an address, or nothing: the profile's own test
	Body   string
}

// Reply is what an API answered, ready to be shown.
type Reply struct {
	Status  string // "200 OK"
	Took    time.Duration
	Headers []string // "Name: value"
	Body    string   // its beginning, set out where it is JSON
	Cut     bool     // there is more of it
	Problem error    // what a refusal means; nil for a good answer
}

// Look is what can be seen in an access token.
type Look struct {
	Note string // about what is there, or why nothing is
	Text string // header and claims; empty where nobody can read them
}

// callForm is the sheet in which one tries a call.
type callForm struct {
	w     *Window
	id    string
	sheet *sheet

	method       string
	methods      []*button
	target, body *field
	bodyBox      *fyne.Container

	send, look    *button
	fold, copying *button
	status        *remark
	problem       *text
	headers, text *text
	cut           *text
	answer        string             // all of it that was read
	cancel        context.CancelFunc // of what is under way; nil: nothing is
}

// tryCall asks for the profile first: it knows what to call.
func (w *Window) tryCall(id string) {
	w.asking(id, tryCall)
	r := w.agent
	w.task(func(ctx context.Context) {
		p, err := r.Profile(ctx, id)
		w.do(func() {
			w.answered(id, words.Line{}, err)
			if err == nil && p.API != nil {
				w.openCall(id, p.API.TestURL, strings.Join(p.API.BaseURLs, "\n"))
			}
		})
	})
}

func (w *Window) openCall(id, target, bases string) {
	name := nameOf(w.snapshot, id)
	f := &callForm{
		w: w, id: id, status: newRemark(), problem: newText(""), headers: newText("", muted, anywhere),
		text: newText("", anywhere, monospace), cut: newText("", muted, small),
	}
	choices := container.New(&flow{})
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		b := w.newButton(quiet, method, func() { f.choose(method) })
		b.narrow = true // all five fit the width of a phone
		f.methods = append(f.methods, b)
		choices.Add(b)
	}
	f.target, f.body = w.newField(nil), w.newField(nil)
	f.target.put(target)
	f.body.MultiLine = true
	f.body.Wrapping = fyne.TextWrapBreak
	f.body.SetMinRowsVisible(4)
	f.bodyBox = newColumn(grid/2, newText("Body", strong), f.body)
	f.send = w.newButton(primary, sendCall, f.sendOrCancel)
	f.fold = w.newButton(plain, "", f.unfold)
	f.copying = w.newButton(plain, "", f.copyAnswer)
	f.look = w.newButton(plain, "Look at token", f.lookAt)
	body := newColumn(2*grid, choices,
		newColumn(grid/2, newText("Path or address", strong), f.target,
			newText("The token goes below these alone:\n"+bases, muted, small, anywhere)),
		f.bodyBox, newColumn(grid, f.status, indented(f.problem), newFlow(f.fold, f.copying), f.headers, f.text, f.cut))
	f.show(words.Line{}, Reply{})
	f.sheet = w.openSheet("Call "+name, body, f.target, f.send, f.look, w.newButton(plain, "Close", func() { f.sheet.close() }))
	f.sheet.onClosed = f.stop
	f.choose("GET")
}

const sendCall = "Send"

// monospace sets text out in columns.
func monospace(l *widget.Label) { l.TextStyle.Monospace = true }

func (f *callForm) stop() {
	if f.cancel != nil {
		f.cancel()
	}
}

func (f *callForm) choose(method string) {
	f.method = method
	for _, b := range f.methods {
		b.choose(b.label == method)
	}
	show(f.bodyBox, method == "POST" || method == "PUT" || method == "PATCH")
	f.sheet.Refresh()
}

// sendOrCancel sends what stands there; while an answer is waited for, the same button ends that.
func (f *callForm) sendOrCancel() {
	if f.cancel != nil {
		f.stop()
		return
	}
	c := Call{Method: f.method, Target: strings.TrimSpace(f.target.Text)}
	if f.bodyBox.Visible() {
		c.Body = f.body.Text
	}
	f.begin("Waiting for an answer to " + strings.TrimSpace(c.Method+" "+c.Target))
	ctx := f.context()
	f.w.task(func(context.Context) {
		reply, err := f.w.o.Call(ctx, f.id, c, func(what string) { f.w.do(func() { f.waits(ctx, what) }) })
		f.w.do(func() {
			line := words.Line{Text: strings.TrimSpace(reply.Status + " in " + inShort(reply.Took)), Tone: words.Good}
			if reply.Problem != nil {
				line.Tone = words.Needed
			}
			f.end(ctx, line, reply, err)
		})
	})
}

// context ends with the sheet, and when a person cancels.
func (f *callForm) context() context.Context {
	ctx, cancel := context.WithCancel(f.w.ctx)
	f.cancel = cancel
	return ctx
}

// lookAt shows what is in the token that calls are made with.
func (f *callForm) lookAt() {
	r := f.w.agent
	if r == nil || f.cancel != nil {
		return
	}
	f.begin("Asking for the token")
	ctx := f.context()
	f.w.task(func(context.Context) {
		access, err := r.Token(ctx, f.id, fresh)
		f.w.do(func() {
			if err != nil {
				f.end(ctx, words.Line{}, Reply{}, err)
				return
			}
			f.seen(ctx, access.Token)
		})
	})
}

func (f *callForm) seen(ctx context.Context, token secret.Text) {
	look := f.w.o.Look(token)
	f.end(ctx, words.Line{Text: look.Note, Tone: words.Quiet}, Reply{Body: look.Text}, nil)
}

// begin says what is waited for.
func (f *callForm) begin(what string) {
	f.send.set(primary, "Cancel", true)
	f.look.set(plain, f.look.label, false)
	f.show(words.Line{Text: what + "…", Tone: words.Busy}, Reply{})
}

// waits says what it is that takes so long.
func (f *callForm) waits(ctx context.Context, what string) {
	if ctx.Err() == nil {
		f.status.set(words.Busy, "Waiting "+what+"…")
		f.sheet.Refresh()
		f.w.reveal(f.status)
	}
}

// end shows what came of it.
func (f *callForm) end(ctx context.Context, line words.Line, reply Reply, err error) {
	cancelled := ctx.Err() != nil
	f.cancel()
	f.cancel = nil
	f.send.set(primary, sendCall, true)
	f.look.set(plain, f.look.label, true)
	switch {
	case cancelled:
		line, reply = words.Line{Text: "Cancelled. The API may have acted all the same", Tone: words.Quiet}, Reply{}
	case err != nil:
		line, reply = words.Line{Text: sentence(err), Tone: words.Needed}, Reply{}
	}
	f.show(line, reply)
}

// show brings the lower part of the sheet to an answer.
func (f *callForm) show(line words.Line, r Reply) {
	f.status.set(line.Tone, line.Text)
	f.problem.set("")
	if r.Problem != nil {
		f.problem.set(sentence(r.Problem))
	}
	fold := ""
	if len(r.Headers) > 0 {
		fold = "Headers"
	}
	f.fold.set(plain, fold, true)
	f.headers.set(strings.Join(r.Headers, "\n"))
	f.headers.Hide()
	f.answer = r.Body
	copying := ""
	if f.answer != "" {
		copying = copyAnswer
	}
	f.copying.set(plain, copying, true)
	shown := beginning(r.Body)
	f.text.set(shown)
	f.cut.set("")
	if r.Cut || len(shown) < len(r.Body) {
		f.cut.set("Only the beginning is shown. keyfob call prints all of it.")
	}
	if f.sheet != nil {
		f.sheet.Refresh()
		f.w.reveal(f.status)
	}
}

const copyAnswer = "Copy answer"

// copyAnswer copies what was read, also what is not shown of it.
func (f *callForm) copyAnswer() {
	f.w.copyText(f.answer)
	f.copying.set(plain, "Copied", true)
	f.sheet.Refresh()
}

// beginning is as much of an answer as a window can draw at once. Fyne draws every line of a text, also those that are
// far below the edge: 64 KB would stop the window for seconds.
func beginning(s string) string {
	const lines, size = 150, 6000
	for i, n := 0, 0; i < len(s); i++ {
		if s[i] == '\n' {
			n++
		}
		if n == lines || i >= size && utf8.RuneStart(s[i]) {
			return s[:i]
		}
	}
	return s
}

// unfold shows the headers, or hides them.
func (f *callForm) unfold() {
	show(f.headers, !f.headers.Visible())
	f.sheet.Refresh()
}

// inShort is how long something took: "120 ms", "3.2 s".
func inShort(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatInt(max(d.Milliseconds(), 1), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}
