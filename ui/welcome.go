package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"keyfob/assets"
	"keyfob/internal/words"
	"keyfob/ui/kit"
)

// welcomeActions are the ways to begin; demo is nil where the agent cannot host it.
type welcomeActions struct{ add, openFile, demo func() }

// newWelcome shows the ways to begin while there is no account.
func newWelcome(f *kit.Frame, w welcomeActions) *fyne.Container {
	icon := canvas.NewImageFromResource(fyne.NewStaticResource("keyfob.png", assets.AppIcon()))
	icon.FillMode = canvas.ImageFillContain
	icon.SetMinSize(fyne.NewSquareSize(9 * kit.Grid))
	way := func(r kit.Rank, label, line string, pressed func()) fyne.CanvasObject {
		return kit.NewColumn(kit.Grid/2, f.NewButton(r, label, pressed), kit.NewText(line, kit.Muted, kit.Small, kit.Centred))
	}
	all := kit.NewColumn(2*kit.Grid,
		way(kit.Primary, words.T("ui.welcome.add"), words.T("ui.welcome.add-when"), w.add),
		way(kit.Plain, words.T("ui.welcome.file"), words.T("ui.welcome.file-when"), w.openFile))
	if w.demo != nil {
		all.Add(way(kit.Plain, words.T("ui.welcome.demo"), words.T("ui.welcome.demo-when"), w.demo))
	}
	head := kit.NewColumn(2*kit.Grid, container.NewCenter(icon),
		kit.NewText(words.T("ui.welcome.title"), kit.Strong, kit.Large, kit.Centred),
		kit.AtMost(40*kit.Grid, kit.NewText(words.T("ui.welcome.about"), kit.Muted, kit.Centred)))
	return kit.NewColumn(3*kit.Grid, kit.Padded(3*kit.Grid, 0, head), kit.AtMost(38*kit.Grid, all))
}
