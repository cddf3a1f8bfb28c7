package ui

import (
	"strings"

	"keyfob/internal/profile"
	"keyfob/internal/words"
	"keyfob/ui/kit"
)

// openTemplates asks what the new account is for: a list of all templates, since each provider has its own few questions.
func openTemplates(f *kit.Frame, chosen func(profile.Template)) {
	var s *kit.Sheet
	people := kit.NewColumn(kit.Grid, kit.NewText(words.T("ui.add.for-people"), kit.Muted))
	clients := kit.NewColumn(kit.Grid, kit.NewText(words.T("ui.add.for-programs"), kit.Muted))
	var first *kit.Button
	for _, t := range profile.Templates() {
		b := f.NewButton(kit.Plain, calledOf(t), func() {
			s.Close()
			chosen(t)
		})
		if !signsIn(t) {
			clients.Add(b)
			continue
		}
		people.Add(b)
		if first == nil {
			first = b
		}
	}
	cancel := f.NewButton(kit.Plain, words.T("ui.cancel"), func() { s.Close() })
	s = f.Open(words.T("ui.add.title"), kit.NewColumn(2*kit.Grid, people, clients), first, cancel)
}

// calledOf is what to call a template beside others of the same provider.
func calledOf(t profile.Template) string {
	switch {
	case t.ID == "oidc":
		return words.T("ui.add.any-provider")
	case strings.HasSuffix(t.ID, "-machine"):
		return words.T("ui.add.of-a-program", "provider", t.Name)
	}
	return t.Name
}

// signsIn tells a template with which a person signs in.
func signsIn(t profile.Template) bool {
	p, _, err := t.Draft(nil)
	return err == nil && p.Grant().Interactive
}
