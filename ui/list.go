package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/words"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// list is the left side of a wide window: a line per account.
type list struct {
	frame  *kit.Frame
	choose func(id string) // shows an account
	rows   *kit.Rows[*listRow]
	scroll *container.Scroll
}

func newList(f *kit.Frame, choose func(id string)) *list {
	l := &list{frame: f, choose: choose, rows: kit.NewRows[*listRow](kit.NewColumn(kit.Grid / 2))}
	l.scroll = container.NewVScroll(kit.Padded(kit.Grid, kit.Grid, l.rows.Column))
	return l
}

// update brings the list to views.
func (l *list) update(views []view.Card, selected string) {
	changed := l.rows.Set(idsOf(views), l.newRow)
	for _, v := range views {
		if row, there := l.rows.At(v.ID); there {
			row.update(v, v.ID == selected)
		}
	}
	if changed {
		l.rows.Column.Refresh()
	}
}

func idsOf(views []view.Card) []string {
	ids := make([]string, 0, len(views))
	for _, v := range views {
		ids = append(ids, v.ID)
	}
	return ids
}

// step moves selection and focus by keyboard.
func (l *list) step(from string, by int) {
	ids := l.rows.IDs()
	i := slices.Index(ids, from) + by
	if i < 0 || i >= len(ids) {
		return
	}
	l.choose(ids[i])
	if row, there := l.rows.At(ids[i]); there {
		l.frame.Focus(row)
	}
}

// listRow is an account in the list.
type listRow struct {
	widget.BaseWidget
	list         *list
	id           string
	ground       *kit.Surface
	monogram     *kit.Badge
	name, status *kit.Text
	tag          *kit.Badge
	mark         *kit.Mark

	selected, hovered, focused bool
}

var (
	_ fyne.Focusable    = (*listRow)(nil)
	_ fyne.Tappable     = (*listRow)(nil)
	_ desktop.Hoverable = (*listRow)(nil)
	_ fyne.Accessible   = (*listRow)(nil)
)

func (l *list) newRow(id string) *listRow {
	r := &listRow{
		list: l, id: id, ground: kit.NewSurface(theme.ColorNameBackground, ""), monogram: kit.NewMonogram(4 * kit.Grid),
		name: kit.NewText("", kit.Strong, kit.OneLine), status: kit.NewText("", kit.Muted, kit.Small, kit.OneLine),
		tag: kit.NewTag(words.T("ui.demo")), mark: kit.NewMark(),
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *listRow) update(v view.Card, selected bool) {
	r.monogram.Set(v.Monogram)
	r.name.Set(v.Name)
	r.status.Set(strings.ReplaceAll(v.Status.Text, "\n", " "))
	kit.Show(r.tag, v.Demo)
	r.mark.Set(v.Status.Tone)
	r.selected = selected
	r.style()
}

func (r *listRow) style() {
	fill, border := theme.ColorNameBackground, fyne.ThemeColorName("")
	if r.selected || r.hovered {
		fill = kit.ColorRaised
	}
	if r.focused {
		border = theme.ColorNamePrimary
	}
	r.ground.Set(fill, border)
}

// CreateRenderer implements fyne.Widget.
func (r *listRow) CreateRenderer() fyne.WidgetRenderer {
	line := kit.NewRow(1.5*kit.Grid, 1, r.monogram, kit.NewColumn(0, r.name, r.status), r.tag, r.mark)
	return widget.NewSimpleRenderer(container.NewStack(r.ground, kit.Padded(kit.Grid, kit.Grid, line)))
}

// Tapped implements fyne.Tappable.
func (r *listRow) Tapped(*fyne.PointEvent) { r.list.choose(r.id) }

// TypedKey implements fyne.Focusable.
func (r *listRow) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyDown:
		r.list.step(r.id, 1)
	case fyne.KeyUp:
		r.list.step(r.id, -1)
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		r.list.choose(r.id)
	default:
		r.list.frame.UnusedKey(e)
	}
}

// TypedRune implements fyne.Focusable.
func (r *listRow) TypedRune(rune) {}

// FocusGained implements fyne.Focusable.
func (r *listRow) FocusGained() {
	r.focused = true
	r.style()
	kit.ScrollTo(r.list.scroll, r)
}

// FocusLost implements fyne.Focusable.
func (r *listRow) FocusLost() {
	r.focused = false
	r.style()
}

// MouseIn implements desktop.Hoverable.
func (r *listRow) MouseIn(*desktop.MouseEvent) {
	r.hovered = true
	r.style()
}

// MouseMoved implements desktop.Hoverable.
func (r *listRow) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (r *listRow) MouseOut() {
	r.hovered = false
	r.style()
}

// AccessibilityLabel implements fyne.Accessible.
func (r *listRow) AccessibilityLabel() string {
	return words.T("ui.list.row", "name", r.name.Words(), "status", r.status.Words())
}

// AccessibilityRole implements fyne.Accessible.
func (r *listRow) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
