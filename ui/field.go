package ui

import (
	"strings"

	"fyne.io/fyne/v2"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/words"
	"keyfob/ui/kit"
)

// formField is a field with its name above and a line below: what it is for, or what is the matter with it.
type formField struct {
	name   string
	folded bool // away, until somebody wants more settings or must mend it
	check  func(string) *fault.Finding
	entry  *kit.Field
	hint   *kit.Text
	answer *kit.Remark
	box    *fyne.Container
}

// newFormField makes the field of a profile that is called name there. changed is told that somebody types.
func newFormField(f *kit.Frame, name, label, hint string, changed func()) *formField {
	field := &formField{
		name: name, check: func(s string) *fault.Finding { return profile.CheckField(name, s) },
		hint: kit.NewText(hint, kit.Muted, kit.Small), answer: kit.NewRemark(kit.Small),
	}
	field.entry = f.NewField(func(string) {
		field.say(words.Line{})
		changed()
	})
	field.box = kit.NewColumn(kit.Grid/2, kit.NewText(label, kit.Strong), field.entry, field.hint, field.answer)
	field.entry.Around = field.box
	return field
}

func (f *formField) value() string { return strings.TrimSpace(f.entry.Text) }

// judge says what is wrong with the value, and tells whether anything is.
func (f *formField) judge() bool {
	found := f.check(f.value())
	if found != nil {
		f.complain(*found)
	}
	return found != nil
}

// complain says what is wrong. The field's name, which a finding has too, stands above it.
func (f *formField) complain(found fault.Finding) {
	f.say(words.Line{Text: words.Complaint(found), Tone: words.Needed})
}

// say puts an answer in the place of the hint; no words bring the hint back.
func (f *formField) say(l words.Line) {
	f.answer.Set(l.Tone, l.Text)
	kit.Show(f.hint, l.Text == "")
	f.box.Refresh()
}
