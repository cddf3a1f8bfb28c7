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
	rows   map[string]*listRow
	order  []string
	box    *fyne.Container
	scroll *container.Scroll
}

func newList(f *kit.Frame, choose func(id string)) *list {
	l := &list{frame: f, choose: choose, rows: map[string]*listRow{}, box: kit.NewColumn(kit.Grid / 2)}
	l.scroll = container.NewVScroll(kit.Padded(kit.Grid, kit.Grid, l.box))
	return l
}

// update brings the list to views; rows that stay keep their focus.
func (l *list) update(views []view.Card, selected string) {
	var order []string
	for _, v := range views {
		if l.rows[v.ID] == nil {
			l.rows[v.ID] = l.newRow(v.ID)
		}
		l.rows[v.ID].update(v, v.ID == selected)
		order = append(order, v.ID)
	}
	if slices.Equal(order, l.order) {
		return
	}
	for id := range l.rows {
		if !slices.Contains(order, id) {
			delete(l.rows, id)
		}
	}
	l.order = order
	l.box.Objects = nil
	for _, id := range order {
		l.box.Objects = append(l.box.Objects, l.rows[id])
	}
	l.box.Refresh()
}

// step moves selection and focus by keyboard.
func (l *list) step(from string, by int) {
	i := slices.Index(l.order, from) + by
	if i < 0 || i >= len(l.order) {
		return
	}
	l.choose(l.order[i])
	l.frame.Focus(l.rows[l.order[i]])
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
