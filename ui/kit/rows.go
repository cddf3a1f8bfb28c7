package kit

import (
	"maps"
	"slices"

	"fyne.io/fyne/v2"
)

// Rows are the widgets in a column, one for each id. A widget stays as long as its id does, and so keeps its focus.
type Rows[T fyne.CanvasObject] struct {
	Column *fyne.Container

	byID  map[string]T
	order []string
}

// NewRows makes Rows in that column, without any so far.
func NewRows[T fyne.CanvasObject](column *fyne.Container) *Rows[T] {
	return &Rows[T]{Column: column, byID: map[string]T{}}
}

// Set makes the rows that are missing, takes away those that are not among the ids, and puts them in that order. It
// tells whether anything changed; then the column has to be drawn again.
func (r *Rows[T]) Set(ids []string, newRow func(id string) T) (changed bool) {
	if slices.Equal(ids, r.order) {
		return false
	}
	r.Column.Objects = make([]fyne.CanvasObject, 0, len(ids))
	for _, id := range ids {
		if _, there := r.byID[id]; !there {
			r.byID[id] = newRow(id)
		}
		r.Column.Objects = append(r.Column.Objects, r.byID[id])
	}
	maps.DeleteFunc(r.byID, func(id string, _ T) bool { return !slices.Contains(ids, id) })
	r.order = slices.Clone(ids)
	return true
}

// At is the row of an id, if there is one.
func (r *Rows[T]) At(id string) (row T, there bool) {
	row, there = r.byID[id]
	return row, there
}

// IDs are those of all rows, in their order.
func (r *Rows[T]) IDs() []string { return r.order }
