package kit

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
)

func TestRowsStayWithTheirIDs(t *testing.T) {
	rows := NewRows[*canvas.Text](container.NewWithoutLayout())
	newRow := func(id string) *canvas.Text { return canvas.NewText(id, nil) }
	set := func(want bool, ids ...string) {
		t.Helper()
		if rows.Set(ids, newRow) != want {
			t.Errorf("%q: changed is %v", ids, !want)
		}
		if !slices.Equal(rows.IDs(), ids) || len(rows.Column.Objects) != len(ids) {
			t.Errorf("%q: got %q, %d in the column", ids, rows.IDs(), len(rows.Column.Objects))
		}
		for i, id := range ids {
			if row, there := rows.At(id); !there || row.Text != id || rows.Column.Objects[i] != fyne.CanvasObject(row) {
				t.Errorf("%q: %s is %v", ids, id, row)
			}
		}
	}
	set(true, "a", "b")
	a, _ := rows.At("a")
	set(false, "a", "b")
	set(true, "c", "b", "a")
	if now, _ := rows.At("a"); now != a {
		t.Error("a row that stays is another")
	}
	set(true, "c")
	if _, there := rows.At("a"); there {
		t.Error("a row is there without its id")
	}
	set(true, "a")
	if now, _ := rows.At("a"); now == a {
		t.Error("a row came back")
	}
	set(true)
}
