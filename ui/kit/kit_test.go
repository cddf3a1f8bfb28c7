package kit

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"go.uber.org/goleak"

	"keyfob/internal/words"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// frame is one on a canvas without a window.
func frame(t *testing.T) *Frame {
	t.Helper()
	test.NewApp().Settings().SetTheme(NewTheme())
	f := NewFrame(test.NewCanvas())
	f.canvas.(software.WindowlessCanvas).Resize(fyne.NewSize(60*Grid, 60*Grid))
	return f
}

func TestAnUrgentSheetMakesWayAndIsToldToComeAgain(t *testing.T) {
	f := frame(t)
	var urgent *Sheet
	changes := 0
	f.Changed = func() {
		changes++
		if urgent == nil && !f.Guarded() {
			urgent = f.OpenUrgent("Urgent", NewText(""), f.NewButton(Plain, "No", nil))
			urgent.OnClosed = func() { urgent = nil }
		}
	}
	f.changed()
	below := f.Open("Form", NewText(""), nil, f.NewButton(Primary, "Save", nil))
	if f.Top() != urgent || len(f.Sheets()) != 2 || f.Sheets()[0] != below {
		t.Errorf("%d sheets, and the urgent one is not on top", len(f.Sheets()))
	}
	below.Close() // with the urgent one upon it
	if f.Top() != urgent || len(f.Sheets()) != 1 {
		t.Errorf("%d sheets", len(f.Sheets()))
	}
	before := changes
	urgent.Remove()
	if changes != before {
		t.Error("who removes a sheet sees to the next one themselves")
	}
}

func TestNothingUrgentComesOverAGuardedSheet(t *testing.T) {
	f := frame(t)
	asked := 0
	f.Changed = func() {
		if !f.Guarded() {
			asked++
		}
	}
	s := f.Open("Leave?", NewText(""), nil, f.NewButton(Primary, "Leave", nil))
	asked = 0
	s.Guard()
	if asked != 0 || !f.Guarded() {
		t.Error("it is disturbed")
	}
	s.Close()
	if asked != 1 || f.Guarded() {
		t.Errorf("asked %d times when it has gone", asked)
	}
}

func TestKeysLeadThroughASheet(t *testing.T) {
	f := frame(t)
	pressed, escaped, typed := 0, 0, 0
	b := f.NewButton(Primary, "Yes", func() { pressed++ })
	s := f.Open("Question", NewText(""), nil, b)
	if f.Focused() != fyne.Focusable(b) {
		t.Error("the keyboard does not begin at the button")
	}
	s.OnTyped = func() { typed++ }
	b.TypedRune('x')
	f.UnusedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.OnEscape = func() { escaped++ }
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if pressed != 1 || escaped != 1 || typed != 1 || f.Top() != s {
		t.Errorf("pressed %d, escaped %d, typed %d", pressed, escaped, typed)
	}
	s.OnEscape = nil
	f.UnusedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if f.Top() != nil {
		t.Error("Escape leaves no sheet")
	}
}

func TestShortcutsThatAreAloneWaitForSheets(t *testing.T) {
	f := frame(t)
	alone, always := 0, 0
	f.Bind(fyne.KeyN, true, func() { alone++ })
	f.Bind(fyne.KeyQ, false, func() { always++ })
	s := f.Open("Question", NewText(""), nil, f.NewButton(Primary, "Yes", nil))
	field := f.NewField(nil)
	field.TypedShortcut(Key(fyne.KeyN))
	field.TypedShortcut(Key(fyne.KeyQ))
	if alone != 0 || always != 1 {
		t.Errorf("alone %d, always %d", alone, always)
	}
	s.Close()
	if !f.Shortcut(Key(fyne.KeyN)) || alone != 1 || f.Shortcut(Key(fyne.KeyZ)) {
		t.Error("a shortcut is not known, or a foreign one is")
	}
}

// TestWhatSaysNothingTakesNoRoom: cards and sheets are made of parts that come and go.
func TestWhatSaysNothingTakesNoRoom(t *testing.T) {
	frame(t)
	text, remark := NewText("here"), NewRemark()
	column := NewColumn(Grid, text, remark)
	alone := column.MinSize().Height
	remark.Set(words.Attend, "and here")
	if column.MinSize().Height <= alone+Grid {
		t.Error("what is said has no room")
	}
	remark.Set(words.Quiet, "")
	if got := column.MinSize().Height; got != alone || remark.Visible() {
		t.Errorf("%v high, and %v without it", got, alone)
	}
}
