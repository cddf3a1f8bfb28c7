package ui

import (
	"cmp"
	"slices"

	"fyne.io/fyne/v2"

	"keyfob/internal/profile"
	"keyfob/internal/words"
	"keyfob/ui/kit"
)

// openTemplates asks what the new account is for: a list of all templates, since each provider has its own few
// questions.
func openTemplates(f *kit.Frame, chosen func(profile.Template)) {
	var s *kit.Sheet
	groups, all := map[string]*fyne.Container{}, kit.NewColumn(2*kit.Grid)
	var first *kit.Button
	for _, t := range profile.Templates() {
		heading := t.Grant().ForWhom()
		group := groups[heading]
		if group == nil {
			group = kit.NewColumn(kit.Grid, kit.NewText(heading, kit.Muted))
			groups[heading] = group
			all.Add(group)
		}
		b := f.NewButton(kit.Plain, calledOf(t), func() {
			s.Close()
			chosen(t)
		})
		group.Add(b)
		first = cmp.Or(first, b)
	}
	cancel := f.NewButton(kit.Plain, words.T("ui.cancel"), func() { s.Close() })
	s = f.Open(words.T("ui.add.title"), all, first, cancel)
}

// calledOf is what to call a template beside others of the same provider.
func calledOf(t profile.Template) string {
	namesake := func(o profile.Template) bool { return o.Name == t.Name && o.ID != t.ID }
	switch {
	case t.ID == "oidc":
		return words.T("ui.add.any-provider")
	case slices.ContainsFunc(profile.Templates(), namesake):
		return t.Grant().Apart(t.Name)
	}
	return t.Name
}

// explained is what a template is for, as a sentence.
func explained(t profile.Template) string {
	sentences := map[string]string{
		"rhythm":         words.T("ui.add.rhythm"),
		"rhythm-machine": words.T("ui.add.rhythm-machine"),
		"conundra":       words.T("ui.add.conundra"),
		"res-harmonics":  words.T("ui.add.res-harmonics"),
		"auth0":          words.T("ui.add.auth0"),
		"auth0-machine":  words.T("ui.add.auth0-machine"),
		"oidc":           words.T("ui.add.oidc"),
	}
	return cmp.Or(sentences[t.ID], t.Explanation())
}
