package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// list is the left side of a wide window: a line per account.
type list struct {
	w      *Window
	rows   map[string]*listRow
	order  []string
	box    *fyne.Container
	scroll *container.Scroll
}

func (w *Window) newList() *list {
	l := &list{w: w, rows: map[string]*listRow{}, box: newColumn(grid / 2)}
	l.scroll = container.NewVScroll(padded(grid, grid, l.box))
	return l
}

// update brings the list to views; rows that stay keep their focus.
func (l *list) update(views []cardView, selected string) {
	var order []string
	for _, v := range views {
		if l.rows[v.id] == nil {
			l.rows[v.id] = l.newRow(v.id)
		}
		l.rows[v.id].update(v, v.id == selected)
		order = append(order, v.id)
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
	l.w.selectAccount(l.order[i])
	l.w.win.Canvas().Focus(l.rows[l.order[i]])
}

// listRow is an account in the list.
type listRow struct {
	widget.BaseWidget
	list         *list
	id           string
	ground       *surface
	monogram     *badge
	name, status *text
	tag          *badge
	mark         *mark

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
		list: l, id: id, ground: newSurface(theme.ColorNameBackground, ""), monogram: newMonogram(4 * grid),
		name: newText("", strong, oneLine), status: newText("", muted, small, oneLine), tag: newTag("Demo"), mark: newMark(),
	}
	r.ExtendBaseWidget(r)
	return r
}

func (r *listRow) update(v cardView, selected bool) {
	r.monogram.set(v.monogram)
	r.name.set(v.name)
	r.status.set(strings.ReplaceAll(v.status.Text, "\n", " "))
	show(r.tag, v.demo)
	r.mark.set(v.status.Tone)
	r.selected = selected
	r.style()
}

func (r *listRow) style() {
	fill, border := theme.ColorNameBackground, fyne.ThemeColorName("")
	if r.selected || r.hovered {
		fill = colorRaised
	}
	if r.focused {
		border = theme.ColorNamePrimary
	}
	r.ground.set(fill, border)
}

// CreateRenderer implements fyne.Widget.
func (r *listRow) CreateRenderer() fyne.WidgetRenderer {
	line := container.New(row{gap: 1.5 * grid, grow: 1}, r.monogram, newColumn(0, r.name, r.status), r.tag, r.mark)
	return widget.NewSimpleRenderer(container.NewStack(r.ground, padded(grid, grid, line)))
}

// Tapped implements fyne.Tappable.
func (r *listRow) Tapped(*fyne.PointEvent) { r.list.w.selectAccount(r.id) }

// TypedKey implements fyne.Focusable.
func (r *listRow) TypedKey(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyDown:
		r.list.step(r.id, 1)
	case fyne.KeyUp:
		r.list.step(r.id, -1)
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		r.list.w.selectAccount(r.id)
	default:
		r.list.w.unusedKey(e)
	}
}

// TypedRune implements fyne.Focusable.
func (r *listRow) TypedRune(rune) {}

// FocusGained implements fyne.Focusable.
func (r *listRow) FocusGained() {
	r.focused = true
	r.style()
	scrollTo(r.list.scroll, r)
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
func (r *listRow) AccessibilityLabel() string { return r.name.label.Text + ", " + r.status.label.Text }

// AccessibilityRole implements fyne.Accessible.
func (r *listRow) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleButton }
