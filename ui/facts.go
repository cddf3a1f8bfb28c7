package ui

import (
	"strings"

	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// openFacts shows details, each with its name above it. All of them can be copied at once, for support.
func openFacts(b *base, title string, details []view.Detail) {
	body := kit.NewColumn(1.5 * kit.Grid)
	var all strings.Builder
	for _, d := range details {
		body.Add(kit.Fact(d.Label, d.Value))
		all.WriteString(words.T("ui.details.line", "label", d.Label, "value", d.Value) + "\n")
	}
	var s *kit.Sheet
	copied := b.NewButton(kit.Plain, words.T("ui.details.copy"), nil)
	copied.Pressed = func() {
		b.copyText(all.String())
		copied.Set(kit.Plain, words.T("ui.copied"), true)
		s.Refresh()
	}
	s = b.Open(title, body, nil, b.NewButton(kit.Primary, words.T("ui.close"), func() { s.Close() }), copied)
}
