package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// trust is a profile that a person is asked to trust; old is the profile of that name, if there is one.
type trust struct {
	profile profile.Profile
	old     *profile.Profile
	freeID  func(id string) string
	take    func(p profile.Profile, replace bool, done func(error))
}

// openTrust shows what a profile says before anything is done with it, and what it would change.
func openTrust(f *kit.Frame, t trust) {
	p, trouble := t.profile, kit.NewRemark()
	facts := kit.NewColumn(1.5 * kit.Grid)
	for _, c := range p.TrustCard() {
		facts.Add(kit.Fact(c.Label, c.Value))
	}
	body := kit.NewColumn(2*kit.Grid, facts, kit.NewText(words.T("ui.trust.note"), kit.Muted), trouble)
	var s *kit.Sheet
	take := func(p profile.Profile, replace bool) func() {
		return func() {
			t.take(p, replace, func(err error) {
				if err != nil {
					trouble.Set(words.Needed, view.Sentence(err))
					s.Refresh()
					return
				}
				s.Close()
			})
		}
	}
	cancel := f.NewButton(kit.Plain, words.T("ui.cancel"), func() { s.Close() })
	if t.old == nil {
		add := f.NewButton(kit.Primary, words.T("ui.trust.add"), take(p, false))
		s = f.Open(words.T("ui.trust.add-title", "name", p.Name()), body, nil, add, cancel)
		return
	}
	body.Objects = append([]fyne.CanvasObject{changesBox(profile.Diff(*t.old, p))}, body.Objects...)
	another := p
	another.ID = t.freeID(p.ID)
	s = f.Open(words.T("ui.trust.replace-title", "name", t.old.Name()), body, cancel,
		f.NewButton(kit.Primary, words.T("ui.trust.replace"), take(p, true)),
		f.NewButton(kit.Plain, words.T("ui.trust.keep-both"), take(another, false)), cancel)
}

// changesBox says what a file would change in an account that is there.
func changesBox(changes []fault.Finding) fyne.CanvasObject {
	if len(changes) == 0 {
		return kit.NewText(words.T("ui.trust.no-change"))
	}
	what := kit.NewRemark()
	what.Set(words.Attend, words.T("ui.trust.changes"))
	list := kit.NewColumn(kit.Grid / 2)
	for _, c := range changes {
		list.Add(kit.NewText(changeOf(c)))
	}
	return kit.Panel(theme.ColorNameWarning, kit.NewColumn(kit.Grid, what, kit.Indented(list)))
}

// changeOf has old and new below one another: what differs may stand at the end of a long address.
func changeOf(c fault.Finding) string {
	if c.Reason == fault.ProfileChangedTo {
		return words.T("ui.trust.change", "field", c.Field, "was", c.Args["was"], "is", c.Args["is"])
	}
	return words.Finding(c)
}

// openRefusal says why a file cannot be used.
func openRefusal(f *kit.Frame, err error) {
	m := words.Of(err)
	body := kit.NewColumn(2*kit.Grid, kit.NewText(m.What), kit.NewText(m.Next, kit.Muted))
	var s *kit.Sheet
	s = f.Open(words.T("ui.file.refused"), body, nil, f.NewButton(kit.Primary, words.T("ui.close"), func() { s.Close() }))
}
