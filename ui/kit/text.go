package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Text is wrapped text without padding of its own.
type Text struct {
	widget.BaseWidget
	label *widget.Label
}

// NewText makes text; options style it.
func NewText(s string, options ...func(*widget.Label)) *Text {
	l := widget.NewLabel(s)
	l.Wrapping = fyne.TextWrapWord
	for _, o := range options {
		o(l)
	}
	t := &Text{label: l}
	t.ExtendBaseWidget(t)
	return t
}

// Strong text carries the weight of what it names.
func Strong(l *widget.Label) { l.TextStyle.Bold = true }

// Muted text is beside the point.
func Muted(l *widget.Label) { l.Importance = widget.LowImportance }

// Small text explains what stands beside it.
func Small(l *widget.Label) { l.SizeName = theme.SizeNameCaptionText }

// Large text is a title.
func Large(l *widget.Label) { l.SizeName = theme.SizeNameSubHeadingText }

// Centred stands in the middle of its line.
func Centred(l *widget.Label) { l.Alignment = fyne.TextAlignCenter }

// Monospace sets text out in columns.
func Monospace(l *widget.Label) { l.TextStyle.Monospace = true }

// OneLine cuts with an ellipsis instead of wrapping.
func OneLine(l *widget.Label) {
	l.Wrapping, l.Truncation = fyne.TextWrapOff, fyne.TextTruncateEllipsis
}

// Whole is as wide as its words.
func Whole(l *widget.Label) { l.Wrapping = fyne.TextWrapOff }

// Anywhere wraps addresses, which have no words.
func Anywhere(l *widget.Label) { l.Wrapping = fyne.TextWrapBreak }

// Set changes the words, and hides the text while there are none. The same words change nothing: a selection stays.
func (t *Text) Set(s string) {
	if t.label.Text != s {
		t.label.SetText(s)
		t.Refresh()
	}
	Show(t, s != "")
}

// Words is what the text says.
func (t *Text) Words() string { return t.label.Text }

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(tight{}, t.label))
}

// Show shows or hides o; what is already so stays untouched.
func Show(o fyne.CanvasObject, visible bool) {
	switch {
	case o.Visible() == visible:
	case visible:
		o.Show()
	default:
		o.Hide()
	}
}
