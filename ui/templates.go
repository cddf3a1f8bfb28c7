package ui

import (
	"cmp"
	"slices"

	"keyfob/internal/profile"
	"keyfob/internal/words"
	"keyfob/ui/kit"
)

// openTemplates asks what the new account is for: a list of all templates, since each provider has its own few
// questions.
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
		if needsSecret(t) {
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
	namesake := func(o profile.Template) bool { return o.Name == t.Name && o.ID != t.ID }
	switch {
	case t.ID == "oidc":
		return words.T("ui.add.any-provider")
	case needsSecret(t) && slices.ContainsFunc(profile.Templates(), namesake):
		return words.T("ui.add.of-a-program", "provider", t.Name)
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

// needsSecret tells a template for a client with a secret from one with which a person signs in.
func needsSecret(t profile.Template) bool {
	p, _, err := t.Draft(nil)
	return err == nil && p.Grant().NeedsSecret
}
