package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"keyfob/profile"
)

// readyMade is the part of the form for a provider whose rules are known: a field for each blank of its template.
type readyMade struct {
	choices   map[string]*button // by the template's id
	template  *profile.Template  // that holds; nil: the form for any service
	blanks    []*formField
	box       *fyne.Container
	explained *text
	fields    *fyne.Container
}

// newChoice is a button for each kind of account. Two of the templates are what the form asks for itself, with a search
// for the service.
func (f *addForm) newChoice() fyne.CanvasObject {
	r := &f.ready
	r.choices, r.explained, r.fields = map[string]*button{}, newText("", muted), newColumn(2*grid)
	r.box = newColumn(2*grid, r.explained, r.fields)
	all := newFlow(f.auth0, f.other)
	for _, t := range profile.Templates() {
		if t.ID == "auth0" || t.ID == "oidc" {
			continue
		}
		b := f.w.newButton(quiet, calledOf(t), func() { f.pickReady(&t) })
		r.choices[t.ID] = b
		all.Add(b)
	}
	return all
}

// calledOf is what to call a template beside others of the same provider.
func calledOf(t profile.Template) string {
	if strings.HasSuffix(t.ID, "-machine") {
		return t.Name + " (machine-to-machine)"
	}
	return t.Name
}

// pickReady changes to a template, and shows where to begin.
func (f *addForm) pickReady(t *profile.Template) {
	f.pick(t)
	f.isAuth0 = true // of the callback addresses: the one template with people is behind Auth0
	f.note.set("The people who run it must allow these addresses for the application.")
	f.restart()
}

// pick shows the fields of a template, or those for any service.
func (f *addForm) pick(t *profile.Template) {
	r := &f.ready
	r.template = t
	f.auth0.choose(t == nil && f.isAuth0)
	f.other.choose(t == nil && !f.isAuth0)
	for id, b := range r.choices {
		b.choose(t != nil && t.ID == id)
	}
	show(f.domain.box, t == nil && f.isAuth0)
	show(f.issuer.box, t == nil && !f.isAuth0)
	show(f.client.box, t == nil)
	show(f.audience.box, t == nil)
	show(f.scope.box, t == nil)
	show(f.callback, t == nil || forPeople(*t))
	show(r.box, t != nil)
	r.blanks, r.fields.Objects = nil, nil
	if t == nil {
		return
	}
	r.explained.set(strings.ToUpper(t.Explanation[:1]) + t.Explanation[1:] + ".")
	for _, b := range t.Blanks {
		field := f.newBlank(b)
		r.blanks = append(r.blanks, field)
		r.fields.Add(field.box)
	}
}

// forPeople tells a template with callback addresses from one with a secret.
func forPeople(t profile.Template) bool {
	p, _, err := t.Draft(nil)
	return err == nil && !p.Machine()
}

// newBlank is the field of a blank: what it is called, where it is found and how it looks.
func (f *addForm) newBlank(b profile.Blank) *formField {
	label := b.Label
	if b.Optional {
		label += " (may stay empty)"
	}
	hint := b.Where + "."
	if b.Default != b.Example { // else it stands in the field
		hint += " Like " + b.Example + "."
	}
	field := f.newField(b.Field, label, hint)
	field.check = b.Check
	field.entry.SetText(b.Default)
	return field
}

// filled makes the profile of a template and what was typed.
func (f *addForm) filled() (profile.Profile, error) {
	values := map[string]string{"id": f.id.value(), "client_name": f.name.value()}
	for _, field := range f.ready.blanks {
		values[field.name] = field.value()
	}
	p, err := f.ready.template.Fill(values)
	if err == nil && values["id"] == "" {
		p.ID = f.w.freeID(p.ID)
	}
	return p, err
}
