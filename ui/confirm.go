package ui

import "keyfob/ui/kit"

// confirmation is a question whose yes cannot be taken back.
type confirmation struct{ title, text, yes, no string }

// confirm asks before it has something done. The keyboard begins at No, so that one slip does nothing.
func confirm(f *kit.Frame, c confirmation, do func()) *kit.Sheet {
	var s *kit.Sheet
	no := f.NewButton(kit.Plain, c.no, func() { s.Close() })
	yes := f.NewButton(kit.Primary, c.yes, func() {
		s.Close()
		do()
	})
	s = f.Open(c.title, kit.NewText(c.text), no, yes, no)
	return s
}
