package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"keyfob/internal/fault"
	"keyfob/profile"
	"keyfob/words"
)

// typingPause is how long one must have stopped typing before what stands there is judged.
const typingPause = 500 * time.Millisecond

// addForm is the sheet in which one types what the profile of an account needs.
type addForm struct {
	w     *Window
	sheet *sheet

	auth0, other                     *button // which kind of service
	domain, issuer, client, audience *formField
	name, id, scope                  *formField
	note                             *text // how the service must be set up
	fold                             *button
	advanced                         *fyne.Container
	problem                          *remark // what belongs to no single field
	submit                           *button
	isAuth0                          bool
	callback                         fyne.CanvasObject
	ready                            readyMade

	pause  *time.Timer // until the fields are judged
	asked  string      // the issuer that was looked for last
	cancel func()      // ends the search
}

// openAdd asks for a new account.
func (w *Window) openAdd() {
	if w.resident == nil {
		return
	}
	f := &addForm{w: w, problem: newRemark(), note: newText("", muted, small), cancel: func() {}}
	f.auth0 = w.newButton(quiet, "Auth0", func() { f.choose(true) })
	f.other = w.newButton(quiet, "Another service", func() { f.choose(false) })
	f.domain = f.newField("domain", "Domain",
		"Like acme.eu.auth0.com. In Auth0 under Applications, in the settings of yours.")
	f.issuer = f.newField("issuer", "Address of the sign-in service",
		"Like https://login.acme.example/. The issuer, exactly as its people write it.")
	f.client = f.newField("client_id", "Client ID",
		"Like kJ3vX9bQ2mN7pR5tW8yZ. The public name of the application there, no secret.")
	f.audience = f.newField("audience", "API audience",
		"Like https://api.acme.example. The identifier of the API that your tools call. It may stay empty.")
	f.name = f.newField("client_name", "Name", "Like Acme. What Keyfob calls this account.")
	f.id = f.newField("id", "Short name", "Like acme. For the command line: keyfob token acme.")
	f.scope = f.newField("scope", "Scopes",
		"Where it stays empty: "+strings.Join(profile.Profile{}.Scopes(), " ")+".")
	f.advanced = newColumn(2*grid, f.name.box, f.id.box, f.scope.box)
	f.advanced.Hide()
	f.fold = w.newButton(quiet, "Advanced settings…", f.unfold)
	f.submit = w.newButton(primary, "Add account", f.add)

	f.callback = f.callbackBox()
	body := newColumn(2*grid, f.newChoice(), f.ready.box, f.domain.box, f.issuer.box, f.client.box, f.audience.box,
		f.callback, f.advanced, newFlow(f.fold), f.problem)
	f.sheet = w.openSheet("Add account", body, f.domain.entry, f.submit, w.newButton(plain, "Cancel", f.close))
	f.sheet.onClosed = f.stop
	f.choose(true)
}

func (f *addForm) close() { f.sheet.close() }

// choose changes between Auth0 and any other OpenID Connect provider.
func (f *addForm) choose(auth0 bool) {
	f.isAuth0 = auth0
	f.pick(nil)
	f.note.set("Signing in works only if these addresses are allowed in the settings of the application there, " +
		"and if it is of the kind for programs without a secret (public).")
	if auth0 {
		f.note.set("In Auth0, put these addresses under Allowed Callback URLs. The application's type must be Native.")
	}
	f.restart()
}

// restart forgets what was found out about what stood there before.
func (f *addForm) restart() {
	f.stop()
	f.asked = ""
	f.address().say(words.Line{})
	f.problem.set(0, "")
	f.changed()
	f.sheet.Refresh()
}

// address is the field that says where the service is.
func (f *addForm) address() *formField {
	if f.isAuth0 {
		return f.domain
	}
	return f.issuer
}

func (f *addForm) unfold() {
	f.advanced.Show()
	f.fold.set(quiet, "", true)
	f.sheet.Refresh()
	f.w.win.Canvas().Focus(f.name.entry)
}

// callbackBox shows what must be registered at the provider, ready to copy.
func (f *addForm) callbackBox() fyne.CanvasObject {
	addresses := strings.Join(profile.Profile{}.Redirects(), "\n")
	copied := f.w.newButton(plain, "Copy callback addresses", nil)
	copied.pressed = func() {
		p := profile.Profile{}
		if f.isAuth0 {
			p.Provider = "auth0"
		}
		f.w.copyText(callbacks(p))
		copied.set(plain, "Copied", true)
	}
	return container.NewStack(newSurface(theme.ColorNameBackground, ""), padded(1.5*grid, 1.5*grid,
		newColumn(grid, newText("Callback addresses", strong), f.note, newText(addresses, selectable, anywhere),
			newFlow(copied))))
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

// fields are those that show, from top to bottom.
func (f *addForm) fields() []*formField {
	if f.ready.template != nil {
		return append(slices.Clone(f.ready.blanks), f.name, f.id)
	}
	return []*formField{f.address(), f.client, f.audience, f.name, f.id, f.scope}
}

// judge says what is wrong with what has been typed so far, and looks for the service when its address is good.
func (f *addForm) judge() {
	for _, field := range f.fields() {
		if field.value() != "" {
			field.judge()
		}
	}
	if f.ready.template != nil || f.address().value() == "" || f.address().judge() {
		return
	}
	if p, err := f.service(); err == nil {
		f.look(p)
	}
}

// service is a profile that is good enough to look for its service: the client need not be typed yet.
func (f *addForm) service() (profile.Profile, error) {
	const any = "client"
	if f.isAuth0 {
		return profile.Auth0(f.domain.value(), any, "")
	}
	return profile.OIDC(f.issuer.value(), any)
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

// profile makes the profile of what was typed. The error may be a *profile.Error about single fields.
func (f *addForm) profile() (profile.Profile, error) {
	if f.ready.template != nil {
		return f.filled()
	}
	var p profile.Profile
	var err error
	if f.isAuth0 {
		p, err = profile.Auth0(f.domain.value(), f.client.value(), f.audience.value())
	} else {
		p, err = profile.OIDC(f.issuer.value(), f.client.value())
		p.Audience = f.audience.value()
	}
	if err != nil {
		return p, err
	}
	if name := f.name.value(); name != "" {
		p.ClientName, p.ID = name, profile.SuggestID(name)
	}
	p.ID = f.w.freeID(p.ID)
	if id := f.id.value(); id != "" {
		p.ID = id
	}
	p.Scope = f.scope.value()
	return p, p.Validate()
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

// complain puts each problem below its field, and goes to the first.
func (f *addForm) complain(err error) {
	f.problem.set(0, "")
	var all *profile.Error
	if fault.CodeOf(err) != fault.BadProfile && fault.CodeOf(err) != fault.ProfileSecret || !errors.As(err, &all) {
		f.problem.set(words.Needed, sentence(err))
		f.sheet.Refresh()
		return
	}
	var first *formField
	for _, p := range all.Problems {
		at := f.fieldOf(p.Field)
		if at == nil {
			f.problem.set(words.Needed, p.String())
			continue
		}
		at.say(complaint(p))
		if first == nil {
			first = at
		}
	}
	f.sheet.Refresh()
	if first != nil {
		f.w.win.Canvas().Focus(first.entry)
	}
}

func (f *addForm) fieldOf(name string) *formField {
	for _, field := range f.fields() {
		if field.name == name {
			return field
		}
	}
	return nil
}

// complaint is a problem without the field's name, which stands above it.
func complaint(p profile.Problem) words.Line {
	s := strings.ToUpper(p.Reason[:1]) + p.Reason[1:]
	if p.Example != "" {
		s += ". For example " + strings.Trim(p.Example, `"`)
	}
	return words.Line{Text: s, Tone: words.Needed}
}

// formField is a field with its name above and a line below: what it is for, or what is the matter with it.
type formField struct {
	name   string
	form   *addForm
	check  func(string) *profile.Problem
	entry  *field
	hint   *text
	answer *remark
	box    *fyne.Container
}

func (f *addForm) newField(name, label, hint string) *formField {
	field := &formField{name: name, form: f, check: func(s string) *profile.Problem { return profile.CheckField(name, s) },
		hint: newText(hint, muted, small), answer: newRemark(small)}
	field.entry = f.w.newField(func(string) {
		field.say(words.Line{})
		f.changed()
	})
	field.box = newColumn(grid/2, newText(label, strong), field.entry, field.hint, field.answer)
	return field
}

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
