package ui

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// typingPause is how long one must have stopped typing before what stands there is judged.
const typingPause = 500 * time.Millisecond

// addition is what a form for a new account needs from outside.
type addition struct {
	freeID func(id string) string                    // id, or one like it that no account has
	save   func(p profile.Profile, done func(error)) // takes the profile in
	added  func(p profile.Profile)                   // goes on once it is there
	back   func()                                    // chooses another template
}

// addForm is the sheet in which one types what a template does not know.
type addForm struct {
	b        *base
	addition addition
	sheet    *kit.Sheet
	template profile.Template
	grant    profile.Grant // the template's

	fields   []*formField // from top to bottom
	advanced *fyne.Container
	fold     *kit.Button
	problem  *kit.Remark // what belongs to no single field
	submit   *kit.Button

	pause  *time.Timer // until the fields are judged
	asked  string      // the issuer that was looked for last
	cancel func()      // ends the search
}

// openForm asks for a new account from a template.
func openForm(b *base, t profile.Template, a addition) {
	f := &addForm{b: b, addition: a, template: t, grant: t.Grant(), problem: kit.NewRemark(), cancel: func() {}}
	shown, folded := f.addBlanks()
	f.advanced = kit.NewColumn(2*kit.Grid, append(folded, f.addNames()...)...)
	f.advanced.Hide()
	f.fold = b.NewButton(kit.Quiet, words.T("ui.add.more"), func() {
		f.goTo(f.fields[slices.IndexFunc(f.fields, isBelowFold)])
	})
	f.submit = b.NewButton(kit.Primary, words.T("ui.add.submit"), f.add)
	back := b.NewButton(kit.Plain, words.T("ui.add.back"), func() {
		f.sheet.Close()
		a.back()
	})
	body := kit.NewColumn(2*kit.Grid, kit.NewText(explained(t), kit.Muted))
	body.Objects = append(body.Objects, shown...)
	if f.grant.Redirects {
		body.Add(f.callbackBox())
	}
	body.Objects = append(body.Objects, kit.NewFlow(f.fold), f.advanced, f.problem)
	f.sheet = b.Open(calledOf(t), body, f.fields[0].entry, f.submit, back)
	f.sheet.OnClosed = f.stop
}

func isBelowFold(f *formField) bool { return f.folded }

// addField makes a field below those that are there.
func (f *addForm) addField(name, label, hint string) *formField {
	field := newFormField(f.b.Frame, name, label, hint, f.changed)
	f.fields = append(f.fields, field)
	return field
}

// addBlanks makes a field for each blank: what it is called, where it is found and how it looks.
func (f *addForm) addBlanks() (shown, folded []fyne.CanvasObject) {
	for _, b := range f.template.Blanks {
		label, example := b.Label(), b.Example
		if b.Optional {
			label = words.T("ui.add.optional", "label", b.Label())
		}
		if b.Default == b.Example {
			example = "" // it stands in the field
		}
		field := f.addField(b.Field, label, words.T("ui.add.hint", "where", b.Where(), "example", example))
		field.check = b.Check
		field.entry.Put(b.Default)
		if field.folded = isFolded(b); field.folded {
			folded = append(folded, field.box)
		} else {
			shown = append(shown, field.box)
		}
	}
	return shown, folded
}

// isFolded tells which blanks do not meet the eye at once: those that may stay as they are. An audience may stay empty
// too, but most tokens are good for little without one.
func isFolded(b profile.Blank) bool { return !b.Needed() && b.Field != "audience" }

// addNames makes the fields that every account has and that need no answer.
func (f *addForm) addNames() []fyne.CanvasObject {
	fields := []*formField{
		f.addField("client_name", words.T("ui.add.name"), words.T("ui.add.name-hint")),
		f.addField("id", words.T("ui.add.id"), words.T("ui.add.id-hint")),
	}
	if f.asksForScopes() {
		scopes := strings.Join(f.grant.Scopes, " ")
		hint := words.T("ui.add.scopes-hint", "scopes", scopes)
		fields = append(fields, f.addField("scope", words.T("ui.add.scopes"), hint))
	}
	var boxes []fyne.CanvasObject
	for _, field := range fields {
		field.folded = true
		boxes = append(boxes, field.box)
	}
	return boxes
}

// asksForScopes tells whether one may name other scopes than those of the grant.
func (f *addForm) asksForScopes() bool { return len(f.grant.Scopes) > 0 }

// address is the field that says where people sign in; nil where no browser is sent anywhere.
func (f *addForm) address() *formField {
	if !f.grant.Redirects {
		return nil
	}
	return cmp.Or(f.fieldOf("domain"), f.fieldOf("issuer"))
}

// callbackBox shows what must be registered at the provider, ready to copy.
func (f *addForm) callbackBox() fyne.CanvasObject {
	p, _, _ := f.template.Draft(nil) // only its provider counts here
	note := words.T("ui.add.callbacks-note")
	if f.template.ID == "auth0" {
		note = words.T("ui.add.callbacks-note-auth0")
	}
	copied := f.b.NewButton(kit.Plain, words.T("ui.add.callbacks-copy"), nil)
	copied.Pressed = func() {
		f.b.copyText(callbacks(p))
		copied.Set(kit.Plain, words.T("ui.copied"), true)
	}
	return kit.Panel("", kit.NewColumn(kit.Grid, kit.NewText(words.T("ui.add.callbacks"), kit.Strong),
		kit.NewText(note, kit.Muted, kit.Small), kit.NewText(strings.Join(p.Redirects(), "\n"), kit.Anywhere),
		kit.NewFlow(copied)))
}

// callbacks are a profile's callback addresses as the provider's form wants them: Auth0's takes commas.
func callbacks(p profile.Profile) string {
	between := "\n"
	if p.Provider == "auth0" {
		between = ", "
	}
	return strings.Join(p.Redirects(), between)
}

// changed waits until one has stopped typing.
func (f *addForm) changed() {
	if f.pause != nil {
		f.pause.Stop()
	}
	f.pause = f.b.after(typingPause, f.judge)
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
		if field.entry.Focused() { // its answer may have grown beyond the edge
			f.sheet.Refresh()
			f.b.Reveal(field.box)
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
	at.say(words.Line{Text: words.T("ui.add.looking"), Tone: words.Busy})
	ctx, cancel := context.WithCancel(f.b.ctx)
	f.cancel = cancel
	f.b.task(func(context.Context) {
		err := f.b.o.Check(ctx, p)
		f.b.do(func() {
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
		return words.Line{Text: words.T("ui.add.found", "name", p.Name()), Tone: words.Good}
	}
	return words.Line{Text: view.Sentence(err), Tone: words.Attend}
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
	f.submit.Set(kit.Primary, f.submit.Label(), false)
	f.addition.save(p, func(err error) {
		f.submit.Set(kit.Primary, f.submit.Label(), true)
		if err != nil {
			f.complain(err)
			return
		}
		f.sheet.Close()
		f.addition.added(p)
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
	f.problem.Set(0, "")
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
		f.fold.Set(kit.Quiet, "", true)
		f.sheet.Refresh()
	}
	f.b.Focus(at.entry)
}

// complain puts each problem below its field, and goes to the first.
func (f *addForm) complain(err error) {
	f.problem.Set(0, "")
	findings := fault.Of(err).Findings
	if len(findings) == 0 {
		f.problem.Set(words.Needed, view.Sentence(err))
		f.sheet.Refresh()
		return
	}
	var first *formField
	for _, found := range findings {
		at := f.fieldOf(found.Field)
		if at == nil {
			f.problem.Set(words.Needed, words.Finding(found))
			continue
		}
		at.complain(found)
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

// profile makes the profile of what was typed. The error may have findings about single fields.
func (f *addForm) profile() (profile.Profile, error) {
	values := map[string]string{}
	for _, field := range f.fields {
		values[field.name] = field.value()
	}
	scope := values["scope"]
	if f.asksForScopes() {
		delete(values, "scope") // no such template asks for it
	}
	if name := values["client_name"]; name != "" && values["id"] == "" {
		values["id"] = f.addition.freeID(profile.SuggestID(name))
	}
	p, err := f.template.Fill(values)
	if err != nil {
		return p, err
	}
	if values["id"] == "" {
		p.ID = f.addition.freeID(p.ID)
	}
	if f.asksForScopes() {
		p.Scope = scope
	}
	return p, p.Validate()
}
