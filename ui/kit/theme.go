package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"keyfob/assets"
)

// Colours that Fyne has no name for.
const (
	ColorSurface fyne.ThemeColorName = "keyfobSurface" // a card
	ColorRaised  fyne.ThemeColorName = "keyfobRaised"  // what the pointer is over
	ColorScrim   fyne.ThemeColorName = "keyfobScrim"   // over the window, beneath a sheet
)

// Grid is the unit of all distances.
const Grid float32 = 8

// keyfobTheme is Keyfob's theme: Fyne's own with our colours and a little more calm in the sizes.
type keyfobTheme struct{ fyne.Theme }

// NewTheme is Keyfob's theme.
func NewTheme() fyne.Theme { return keyfobTheme{theme.DefaultTheme()} }

// Color takes every colour that shows from the palette of package assets.
func (t keyfobTheme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	p := assets.Light
	if variant == theme.VariantDark {
		p = assets.Dark
	}
	switch name {
	case theme.ColorNameBackground:
		return p.Background
	case ColorSurface, theme.ColorNameOverlayBackground, theme.ColorNameMenuBackground, theme.ColorNameInputBackground,
		theme.ColorNameHeaderBackground:
		return p.Surface
	case ColorRaised, theme.ColorNameButton, theme.ColorNameDisabledButton, theme.ColorNameHover, theme.ColorNamePressed:
		return p.Raised
	case theme.ColorNameSeparator:
		return p.Line
	case theme.ColorNameForeground:
		return p.Text
	case theme.ColorNameDisabled, theme.ColorNamePlaceHolder:
		return p.Muted
	case theme.ColorNameInputBorder, theme.ColorNameScrollBar:
		return withAlpha(p.Muted, 0x99)
	case theme.ColorNamePrimary, theme.ColorNameHyperlink:
		return p.Accent
	case theme.ColorNameForegroundOnPrimary:
		return p.OnAccent
	case theme.ColorNameSuccess:
		return p.Good
	case theme.ColorNameWarning:
		return p.Warn
	case theme.ColorNameError:
		return p.Bad
	case theme.ColorNameFocus, theme.ColorNameSelection:
		return withAlpha(p.Accent, 0x40)
	case ColorScrim:
		return color.NRGBA{A: 0x66}
	default:
		return t.Theme.Color(name, variant)
	}
}

// Size rounds all corners alike and leaves text at two sizes.
func (t keyfobTheme) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return 14
	case theme.SizeNameCaptionText:
		return 12
	case theme.SizeNameSubHeadingText:
		return 18
	case theme.SizeNamePadding:
		return Grid / 2
	case theme.SizeNameInnerPadding:
		return Grid
	case theme.SizeNameButtonRadius, theme.SizeNameInputRadius, theme.SizeNamePopupRadius, theme.SizeNameMenuRadius,
		theme.SizeNameDialogRadius:
		return Grid
	case theme.SizeNameScrollBar:
		return 10
	case theme.SizeNameScrollBarSmall:
		return 4
	default:
		return t.Theme.Size(name)
	}
}

func withAlpha(c color.Color, alpha uint8) color.Color {
	opaque, _ := color.NRGBAModel.Convert(c).(color.NRGBA)
	opaque.A = alpha
	return opaque
}

// paint is a colour of the theme in use.
func paint(name fyne.ThemeColorName) color.Color { return theme.Color(name) }
