package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// ledgerLines is how many hand-outs the window shows: the latest, as people look for those.
const ledgerLines = 50

// programs is which programs had tokens of an account, and which are let in without asking.
type programs struct {
	account string // its name
	policy  account.Policy
	handed  []account.HandOut
	forget  func(path string, done func(error)) // asks about a program again
}

func openPrograms(f *kit.Frame, p programs, now time.Time) {
	asked := words.T("ui.programs.not-asked")
	if p.policy.AskFirst {
		asked = words.T("ui.programs.asked")
	}
	body := kit.NewColumn(3*kit.Grid, kit.NewText(asked, kit.Muted))
	var s *kit.Sheet
	if len(p.policy.Always) > 0 {
		body.Add(newAllowed(f, p, func() {
			s.Refresh()
			s.FocusEnter() // the button that was pressed may have gone
		}))
	}
	body.Add(ledgerOf(p.handed, now))
	closing := f.NewButton(kit.Primary, words.T("ui.close"), func() { s.Close() })
	s = f.Open(words.T("ui.programs.title", "account", p.account), body, nil, closing)
}

// newAllowed lists the programs that are not asked about, each with a way to take that back.
func newAllowed(f *kit.Frame, p programs, changed func()) fyne.CanvasObject {
	trouble := kit.NewRemark()
	list := kit.NewColumn(kit.Grid, kit.NewText(words.T("ui.programs.always"), kit.Strong), trouble)
	for _, path := range p.policy.Always {
		line := kit.NewRow(kit.Grid, 0, kit.NewText(path, kit.Anywhere))
		forget := f.NewButton(kit.Plain, words.T("ui.programs.forget"), nil)
		forget.Name = words.T("ui.programs.forget-which", "path", path)
		forget.Pressed = func() {
			p.forget(path, func(err error) {
				trouble.Set(words.Needed, view.Sentence(err))
				if err == nil {
					list.Remove(line)
					kit.Show(list, len(list.Objects) > 2)
				}
				changed()
			})
		}
		line.Add(forget)
		list.Add(line)
	}
	return list
}

// ledgerOf lists who asked and what they got, the latest first.
func ledgerOf(handed []account.HandOut, now time.Time) fyne.CanvasObject {
	if len(handed) == 0 {
		return kit.NewText(words.T("ui.programs.none"))
	}
	list := kit.NewColumn(1.5*kit.Grid, kit.NewText(words.T("ui.programs.ledger"), kit.Strong))
	for _, h := range handed[:min(len(handed), ledgerLines)] {
		line := kit.NewColumn(0,
			kit.NewRow(kit.Grid, 0, kit.NewText(words.Program(h.Program), kit.OneLine),
				kit.NewText(words.Until(h.Last, now), kit.Muted, kit.Whole)),
			kit.NewText(words.HandOut(h, now), kit.Muted))
		if h.Program.Path != "" {
			line.Add(kit.NewText(h.Program.Path, kit.Muted, kit.Small, kit.Anywhere))
		}
		list.Add(line)
	}
	return list
}
