package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/words"
)

// Remark is a line of text with the mark of its tone.
type Remark struct {
	widget.BaseWidget
	mark *Mark
	text *Text
}

// NewRemark makes a line that says nothing yet, and is hidden.
func NewRemark(options ...func(*widget.Label)) *Remark {
	r := &Remark{mark: NewMark(), text: NewText("", options...)}
	r.ExtendBaseWidget(r)
	r.Hide()
	return r
}

// Set changes tone and words; no words hide the line.
func (r *Remark) Set(tone words.Tone, s string) {
	r.mark.Set(tone)
	r.text.Set(s)
	Show(r, s != "")
}

// CreateRenderer implements fyne.Widget.
func (r *Remark) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(row{gap: Grid, grow: 1, top: true}, r.mark, r.text))
}
