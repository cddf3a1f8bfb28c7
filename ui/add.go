package ui

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/words"
)

// typingPause is how long one must have stopped typing before what stands there is judged.
const typingPause = 500 * time.Millisecond

// addForm is the sheet in which one types what a template does not know.
type addForm struct {
	w        *Window
	sheet    *sheet
	template profile.Template
	people   bool // sign in; else it is a program's own account

	fields   []*formField // from top to bottom
	advanced *fyne.Container
	fold     *button
	problem  *remark // what belongs to no single field
	submit   *button

	pause  *time.Timer // until the fields are judged
	asked  string      // the issuer that was looked for last
	cancel func()      // ends the search
}

// openForm asks for a new account from a template.
func (w *Window) openForm(t profile.Template) {
	f := &addForm{w: w, template: t, people: signsIn(t), problem: newRemark(), cancel: func() {}}
	shown, folded := f.addBlanks()
	f.advanced = newColumn(2*grid, append(folded, f.addNames()...)...)
	f.advanced.Hide()
	f.fold = w.newButton(quiet, "More settings…", func() { f.goTo(f.fields[slices.IndexFunc(f.fields, isBelowFold)]) })
	f.submit = w.newButton(primary, "Add account", f.add)
	back := w.newButton(plain, "Back", func() {
		f.sheet.close()
		w.openAdd()
	})
	body := newColumn(2*grid, newText(explained(t), muted))
	body.Objects = append(body.Objects, shown...)
	if f.people {
		body.Add(f.callbackBox())
	}
	body.Objects = append(body.Objects, newFlow(f.fold), f.advanced, f.problem)
	f.sheet = w.openSheet(calledOf(t), body, f.fields[0].entry, f.submit, back)
	f.sheet.onClosed = f.stop
}

// explained is what a template is for, as a sentence.
func explained(t profile.Template) string {
	return strings.ToUpper(t.Explanation[:1]) + t.Explanation[1:] + "."
}

// addNames makes the fields that every account has and that need no answer.
func (f *addForm) addNames() []fyne.CanvasObject {
	fields := []*formField{
		f.newField("client_name", "Name", "Like Acme. What Keyfob calls this account."),
		f.newField("id", "Short name", "Like acme. For the command line: keyfob token acme."),
	}
	if f.people {
		fields = append(fields, f.newField("scope", "Scopes",
			"Where it stays empty: "+strings.Join(profile.Profile{}.Scopes(), " ")+"."))
	}
	var boxes []fyne.CanvasObject
	for _, field := range fields {
		field.folded = true
		boxes = append(boxes, field.box)
	}
	return boxes
}

// address is the field that says where people sign in; nil for a program's account.
func (f *addForm) address() *formField {
	if !f.people {
		return nil
	}
	return cmp.Or(f.fieldOf("domain"), f.fieldOf("issuer"))
}

// callbackBox shows what must be registered at the provider, ready to copy.
func (f *addForm) callbackBox() fyne.CanvasObject {
	p, _, _ := f.template.Draft(nil) // only its provider counts here
	note := "Signing in works only if these addresses are allowed in the settings of the application there."
	if f.template.ID == "auth0" {
		note = "In Auth0, put these addresses under Allowed Callback URLs."
	}
	copied := f.w.newButton(plain, "Copy callback addresses", nil)
	copied.pressed = func() {
		f.w.copyText(callbacks(p))
		copied.set(plain, "Copied", true)
	}
	return container.NewStack(newSurface(theme.ColorNameBackground, ""), padded(1.5*grid, 1.5*grid,
		newColumn(grid, newText("Callback addresses", strong), newText(note, muted, small),
			newText(strings.Join(p.Redirects(), "\n"), anywhere), newFlow(copied))))
}

// changed waits until one has stopped typing.
func (f *addForm) changed() {
	if f.pause != nil {
		f.pause.Stop()
	}
	f.pause = f.w.after(typingPause, f.judge)
}

// stop ends all that runs for the form.
func (f *addForm) stop() {
	if f.pause != nil {
		f.pause.Stop()
	}
	f.cancel()
}

// judge says what is wrong with what has been typed so far, and looks for the service when its address is good.
func (f *addForm) judge() {
	for _, field := range f.fields {
		if field.value() != "" {
			field.judge()
		}
		if field.entry.focused { // its answer may have grown beyond the edge
			f.sheet.Refresh()
			f.w.reveal(field.box)
		}
	}
	at := f.address()
	if at == nil || at.value() == "" || at.check(at.value()) != nil {
		return
	}
	// A profile that is good enough to look for its service: the client need not be typed yet.
	if p, _, err := f.template.Draft(map[string]string{at.name: at.value()}); err == nil {
		f.look(p)
	}
}

// look asks the service whether it is one, once for each address.
func (f *addForm) look(p profile.Profile) {
	if p.Issuer == f.asked {
		return
	}
	f.asked = p.Issuer
	f.cancel()
	at := f.address()
	at.say(words.Line{Text: "Looking for the sign-in service…", Tone: words.Busy})
	ctx, cancel := context.WithCancel(f.w.ctx)
	f.cancel = cancel
	f.w.task(func(context.Context) {
		err := f.w.o.Check(ctx, p)
		f.w.do(func() {
			if ctx.Err() != nil {
				return // something else stands there by now
			}
			at.say(found(p, err))
			f.sheet.Refresh()
		})
	})
}

// found is what became of the search.
func found(p profile.Profile, err error) words.Line {
	if err == nil {
		return words.Line{Text: "Found " + p.Name() + "’s sign-in service", Tone: words.Good}
	}
	return words.Line{Text: sentence(err), Tone: words.Attend}
}

// freeID is id, with a number if there is an account of that name.
func (w *Window) freeID(id string) string {
	free := id
	for n := 2; ; n++ {
		if _, taken := w.snapshot.Account(free); !taken {
			return free
		}
		free = fmt.Sprintf("%s-%d", id, n)
	}
}

// add saves the profile, or says what is missing.
func (f *addForm) add() {
	if f.incomplete() {
		return
	}
	p, err := f.profile()
	if err != nil {
		f.complain(err)
		return
	}
	data, err := p.Marshal()
	if err != nil {
		f.complain(err)
		return
	}
	f.submit.set(primary, f.submit.label, false)
	f.w.importProfile(p.ID, data, false, func(err error) {
		f.submit.set(primary, f.submit.label, true)
		if err != nil {
			f.complain(err)
			return
		}
		f.sheet.close()
		if p.Machine() {
			f.w.openSecret(p.ID, p.Name())
		}
	})
}

// incomplete says of every field what is wrong with it, and goes to the first that is.
func (f *addForm) incomplete() bool {
	var first *formField
	for _, field := range f.fields {
		if field.judge() && first == nil {
			first = field
		}
	}
	f.problem.set(0, "")
	f.sheet.Refresh()
	f.goTo(first)
	return first != nil
}

// goTo leads the keyboard to a field, and shows it first where it is folded away.
func (f *addForm) goTo(at *formField) {
	if at == nil {
		return
	}
	if at.folded && !f.advanced.Visible() {
		f.advanced.Show()
		f.fold.set(quiet, "", true)
		f.sheet.Refresh()
	}
	f.w.win.Canvas().Focus(at.entry)
}

// complain puts each problem below its field, and goes to the first.
func (f *addForm) complain(err error) {
	f.problem.set(0, "")
	findings := fault.Of(err).Findings
	if len(findings) == 0 {
		f.problem.set(words.Needed, sentence(err))
		f.sheet.Refresh()
		return
	}
	var first *formField
	for _, p := range findings {
		at := f.fieldOf(p.Field)
		if at == nil {
			f.problem.set(words.Needed, words.Finding(p))
			continue
		}
		at.say(complaint(p))
		if first == nil {
			first = at
		}
	}
	f.sheet.Refresh()
	f.goTo(first)
}

func (f *addForm) fieldOf(name string) *formField {
	for _, field := range f.fields {
		if field.name == name {
			return field
		}
	}
	return nil
}

// complaint is a finding without the field's name, which stands above it.
func complaint(f fault.Finding) words.Line {
	return words.Line{Text: words.Complaint(f), Tone: words.Needed}
}

// formField is a field with its name above and a line below: what it is for, or what is the matter with it.
type formField struct {
	name   string
	form   *addForm
	folded bool // away, until somebody wants more settings or must mend it
	check  func(string) *fault.Finding
	entry  *field
	hint   *text
	answer *remark
	box    *fyne.Container
}

func (f *addForm) newField(name, label, hint string) *formField {
	field := &formField{name: name, form: f, check: func(s string) *fault.Finding { return profile.CheckField(name, s) },
		hint: newText(hint, muted, small), answer: newRemark(small)}
	field.entry = f.w.newField(func(string) {
		field.say(words.Line{})
		f.changed()
	})
	field.box = newColumn(grid/2, newText(label, strong), field.entry, field.hint, field.answer)
	field.entry.around = field.box
	f.fields = append(f.fields, field)
	return field
}

func isBelowFold(f *formField) bool { return f.folded }

func (f *formField) value() string { return strings.TrimSpace(f.entry.Text) }

// judge says what is wrong with the value, and tells whether anything is.
func (f *formField) judge() bool {
	p := f.check(f.value())
	if p != nil {
		f.say(complaint(*p))
	}
	return p != nil
}

// say puts an answer in the place of the hint; no words bring the hint back.
func (f *formField) say(l words.Line) {
	f.answer.set(l.Tone, l.Text)
	show(f.hint, l.Text == "")
	f.box.Refresh()
}
