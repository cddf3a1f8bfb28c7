package ui

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
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
	b     *base
	id    string
	sheet *kit.Sheet

	method       string
	methods      []*kit.Button
	target, body *kit.Field
	bodyBox      *fyne.Container

	send, look    *kit.Button
	fold, copying *kit.Button
	status        *kit.Remark
	problem       *kit.Text
	headers, text *kit.Text
	cut           *kit.Text
	answer        string             // all of it that was read
	cancel        context.CancelFunc // of what is under way; nil: nothing is
}

// openCall tries calls of the API of an account that is called name.
func openCall(b *base, id, name string, api profile.API) {
	f := &callForm{
		b: b, id: id, status: kit.NewRemark(), problem: kit.NewText(""),
		headers: kit.NewText("", kit.Muted, kit.Anywhere), text: kit.NewText("", kit.Anywhere, kit.Monospace),
		cut: kit.NewText("", kit.Muted, kit.Small),
	}
	f.target, f.body = b.NewField(nil), b.NewField(nil)
	f.target.Put(api.TestURL)
	f.body.MultiLine = true
	f.body.Wrapping = fyne.TextWrapBreak
	f.body.SetMinRowsVisible(4)
	f.bodyBox = kit.NewColumn(kit.Grid/2, kit.NewText(words.T("ui.call.body"), kit.Strong), f.body)
	f.send = b.NewButton(kit.Primary, words.T("ui.call.send"), f.sendOrCancel)
	f.fold = b.NewButton(kit.Plain, "", f.unfold)
	f.copying = b.NewButton(kit.Plain, "", f.copyAnswer)
	f.look = b.NewButton(kit.Plain, words.T("ui.call.look"), f.lookAt)
	bases := words.T("ui.call.bases", "urls", strings.Join(api.BaseURLs, "\n"))
	body := kit.NewColumn(2*kit.Grid, f.choices(),
		kit.NewColumn(kit.Grid/2, kit.NewText(words.T("ui.call.target"), kit.Strong), f.target,
			kit.NewText(bases, kit.Muted, kit.Small, kit.Anywhere)),
		f.bodyBox, kit.NewColumn(kit.Grid, f.status, kit.Indented(f.problem), kit.NewFlow(f.fold, f.copying), f.headers,
			f.text, f.cut))
	f.show(words.Line{}, Reply{})
	closing := b.NewButton(kit.Plain, words.T("ui.close"), func() { f.sheet.Close() })
	f.sheet = b.Open(words.T("ui.call.title", "account", name), body, f.target, f.send, f.look, closing)
	f.sheet.OnClosed = f.stop
	f.choose("GET")
}

// choices are the methods, side by side.
func (f *callForm) choices() fyne.CanvasObject {
	choices := kit.NewTightFlow()
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		b := f.b.NewButton(kit.Quiet, method, func() { f.choose(method) })
		b.Narrow = true // all five fit the width of a phone
		f.methods = append(f.methods, b)
		choices.Add(b)
	}
	return choices
}

func (f *callForm) stop() {
	if f.cancel != nil {
		f.cancel()
	}
}

func (f *callForm) choose(method string) {
	f.method = method
	for _, b := range f.methods {
		b.Choose(b.Label() == method)
	}
	kit.Show(f.bodyBox, method == "POST" || method == "PUT" || method == "PATCH")
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
	f.begin(words.T("ui.call.waiting", "request", strings.TrimSpace(c.Method+" "+c.Target)))
	ctx := f.context()
	f.b.task(func(context.Context) {
		reply, err := f.b.o.Call(ctx, f.id, c, func(w account.Wait) { f.b.do(func() { f.waits(ctx, w) }) })
		f.b.do(func() {
			said := words.T("ui.call.answered", "status", reply.Status, "took", words.Took(reply.Took))
			line := words.Line{Text: said, Tone: words.Good}
			if reply.Problem != nil {
				line.Tone = words.Needed
			}
			f.end(ctx, line, reply, err)
		})
	})
}

// context ends with the sheet, and when a person cancels.
func (f *callForm) context() context.Context {
	ctx, cancel := context.WithCancel(f.b.ctx)
	f.cancel = cancel
	return ctx
}

// lookAt shows what is in the token that calls are made with.
func (f *callForm) lookAt() {
	agent := f.b.agent
	if agent == nil || f.cancel != nil {
		return
	}
	f.begin(words.T("ui.call.asking"))
	ctx := f.context()
	f.b.task(func(context.Context) {
		access, err := agent.Token(ctx, f.id, fresh)
		f.b.do(func() {
			if err != nil {
				f.end(ctx, words.Line{}, Reply{}, err)
				return
			}
			f.seen(ctx, access.Token)
		})
	})
}

func (f *callForm) seen(ctx context.Context, token secret.Text) {
	look := f.b.o.Look(token)
	f.end(ctx, words.Line{Text: look.Note, Tone: words.Quiet}, Reply{Body: look.Text}, nil)
}

// begin says what is waited for.
func (f *callForm) begin(said string) {
	f.send.Set(kit.Primary, words.T("ui.cancel"), true)
	f.look.Set(kit.Plain, f.look.Label(), false)
	f.show(words.Line{Text: said, Tone: words.Busy}, Reply{})
}

// waits says what it is that takes so long.
func (f *callForm) waits(ctx context.Context, w account.Wait) {
	if ctx.Err() == nil {
		f.status.Set(words.Busy, words.WaitingStatus(w))
		f.sheet.Refresh()
		f.b.Reveal(f.status)
	}
}

// end shows what came of it.
func (f *callForm) end(ctx context.Context, line words.Line, reply Reply, err error) {
	cancelled := ctx.Err() != nil
	f.cancel()
	f.cancel = nil
	f.send.Set(kit.Primary, words.T("ui.call.send"), true)
	f.look.Set(kit.Plain, f.look.Label(), true)
	switch {
	case cancelled:
		line, reply = words.Line{Text: words.T("ui.call.cancelled"), Tone: words.Quiet}, Reply{}
	case err != nil:
		line, reply = words.Line{Text: view.Sentence(err), Tone: words.Needed}, Reply{}
	}
	f.show(line, reply)
}

// show brings the lower part of the sheet to an answer.
func (f *callForm) show(line words.Line, r Reply) {
	f.status.Set(line.Tone, line.Text)
	f.problem.Set(view.Sentence(r.Problem))
	fold := ""
	if len(r.Headers) > 0 {
		fold = words.T("ui.call.headers")
	}
	f.fold.Set(kit.Plain, fold, true)
	f.headers.Set(strings.Join(r.Headers, "\n"))
	f.headers.Hide()
	f.answer = r.Body
	copying := ""
	if f.answer != "" {
		copying = words.T("ui.call.copy")
	}
	f.copying.Set(kit.Plain, copying, true)
	shown := beginning(r.Body)
	f.text.Set(shown)
	f.cut.Set("")
	if r.Cut || len(shown) < len(r.Body) {
		f.cut.Set(words.T("ui.call.cut"))
	}
	if f.sheet != nil {
		f.sheet.Refresh()
		f.b.Reveal(f.status)
	}
}

// copyAnswer copies what was read, also what is not shown of it.
func (f *callForm) copyAnswer() {
	f.b.copyText(f.answer)
	f.copying.Set(kit.Plain, words.T("ui.copied"), true)
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
	kit.Show(f.headers, !f.headers.Visible())
	f.sheet.Refresh()
}
