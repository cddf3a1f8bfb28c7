package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"keyfob/internal/profile"
)

// The two kinds of account that can be added.
const (
	forPeople   = "People sign in, in their browser"
	forPrograms = "A program of its own, with a client secret"
)

// openAdd asks what the new account is for: a list of all templates, since each provider has its own few questions.
func (w *Window) openAdd() {
	if w.agent == nil {
		return
	}
	var s *sheet
	people, programs := newColumn(grid, newText(forPeople, muted)), newColumn(grid, newText(forPrograms, muted))
	var first *button
	for _, t := range profile.Templates() {
		b := w.newButton(plain, calledOf(t), func() {
			s.close()
			w.openForm(t)
		})
		if !signsIn(t) {
			programs.Add(b)
			continue
		}
		people.Add(b)
		if first == nil {
			first = b
		}
	}
	cancel := w.newButton(plain, "Cancel", func() { s.close() })
	s = w.openSheet("Add account", newColumn(2*grid, people, programs), first, cancel)
}

// calledOf is what to call a template beside others of the same provider.
func calledOf(t profile.Template) string {
	switch {
	case t.ID == "oidc":
		return "Any OpenID Connect provider"
	case strings.HasSuffix(t.ID, "-machine"):
		return t.Name + " (machine-to-machine)"
	}
	return t.Name
}

// signsIn tells a template for people from one with a secret.
func signsIn(t profile.Template) bool {
	p, _, err := t.Draft(nil)
	return err == nil && !p.Machine()
}

// isFolded tells which blanks do not meet the eye at once: those that may stay as they are. An audience may stay empty
// too, but most tokens are good for little without one.
func isFolded(b profile.Blank) bool { return !b.Needed() && b.Field != "audience" }

// addBlanks makes a field for each blank: what it is called, where it is found and how it looks.
func (f *addForm) addBlanks() (shown, folded []fyne.CanvasObject) {
	for _, b := range f.template.Blanks {
		label, hint := b.Label, b.Where+"."
		if b.Optional {
			label += " (may stay empty)"
		}
		if b.Default != b.Example { // else it stands in the field
			hint += " Like " + b.Example + "."
		}
		field := f.newField(b.Field, label, hint)
		field.check = b.Check
		field.entry.put(b.Default)
		if field.folded = isFolded(b); field.folded {
			folded = append(folded, field.box)
		} else {
			shown = append(shown, field.box)
		}
	}
	return shown, folded
}

// profile makes the profile of what was typed. The error may have findings about single fields.
func (f *addForm) profile() (profile.Profile, error) {
	values := map[string]string{}
	for _, field := range f.fields {
		values[field.name] = field.value()
	}
	scope := values["scope"]
	if f.people {
		delete(values, "scope") // no template for people asks for it
	}
	if name := values["client_name"]; name != "" && values["id"] == "" {
		values["id"] = f.w.freeID(profile.SuggestID(name))
	}
	p, err := f.template.Fill(values)
	if err != nil {
		return p, err
	}
	if values["id"] == "" {
		p.ID = f.w.freeID(p.ID)
	}
	if f.people {
		p.Scope = scope
	}
	return p, p.Validate()
}
