package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// Boxed puts content on a card of its own.
func Boxed(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(NewSurface(ColorSurface, theme.ColorNameSeparator), Padded(2*Grid, 2*Grid, content))
}

// Panel sets content of a card or a sheet apart, with a border of that colour if there is one.
func Panel(border fyne.ThemeColorName, content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewStack(NewSurface(theme.ColorNameBackground, border), Padded(1.5*Grid, 1.5*Grid, content))
}

// Fact is a value with its name above it.
func Fact(label, value string) fyne.CanvasObject {
	return NewColumn(0, NewText(label, Muted, Small), NewText(value))
}
