package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"keyfob/internal/account"
	"keyfob/ui/kit"
)

// tabs lists where Tab leads, from the beginning, once around.
func (s *stage) tabs() (names []string) {
	c := s.w.win.Canvas()
	c.Unfocus()
	for {
		c.FocusNext()
		name := "?"
		switch f := c.Focused().(type) {
		case *kit.Button:
			name = f.Name
		case *kit.Field:
			name = "field"
		case *listRow:
			name = "row " + f.id
		}
		if len(names) > 0 && c.Focused() == s.first || len(names) > 40 {
			return names
		}
		if len(names) == 0 {
			s.first = c.Focused()
		}
		names = append(names, name)
	}
}

func TestTabReachesEverythingInOrder(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		if got := s.tabs(); !slices.Equal(got, []string{"Add account", "Menu", "More", "Copy access token", "Sign out"}) {
			t.Errorf("signed in: %q", got)
		}
		s.show(waitingSince(acme(account.SignedOut), 0))
		want := []string{"Add account", "Menu", "More", "Open the link again", "Copy link", "Cancel"}
		if got := s.tabs(); !slices.Equal(got, want) {
			t.Errorf("waiting: %q", got)
		}
		s.size(1000, 700)
		if got := s.tabs(); got[2] != "row acme" {
			t.Errorf("wide: %q", got)
		}
		s.w.openAdd()
		s.settle()
		want = []string{"Rhythm", "Auth0", "Any OpenID Connect provider", "Rhythm (machine-to-machine)", "Conundra",
			"RES:Harmonics", "Auth0 (machine-to-machine)", "Cancel"}
		if got := s.tabs(); !slices.Equal(got, want) {
			t.Errorf("which kind: %q", got)
		}
		s.press("Auth0")
		want = []string{"field", "field", "field", "Copy callback addresses", "More settings…", "Back", "Add account"}
		if got := s.tabs(); !slices.Equal(got, want) {
			t.Errorf("add account: %q", got)
		}
	})
}

func TestButtonsArePressedByKeyAndKeepTheFocus(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		b := s.card("acme").primary
		for _, key := range []fyne.KeyName{fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter} {
			s.w.win.Canvas().Focus(b)
			s.key(key)
			if calls := s.r.called(); len(calls) != 1 {
				t.Errorf("%s: %q", key, calls)
			}
			if s.w.win.Canvas().Focused() != fyne.Focusable(b) {
				t.Errorf("%s takes the focus away", key)
			}
		}
		b.Disable()
		b.Press()
		s.settle()
		if calls := s.r.called(); len(calls) != 0 {
			t.Errorf("a disabled button: %q", calls)
		}
	})
}

// What a field is about stands above it, and below it what is wrong: both are to be seen while one types.
func TestAFieldComesIntoViewWithWhatIsSaidOfIt(t *testing.T) {
	onStage(t, func(s *stage) {
		s.size(360, 480)
		s.show()
		s.adding("Auth0 (machine-to-machine)")
		driver := s.app.Driver()
		for range 3 {
			field := s.focused().(*kit.Field)
			s.relayout()
			scroll := s.w.Top().Scroll
			top := driver.AbsolutePositionForObject(field.Around).Y - driver.AbsolutePositionForObject(scroll).Y
			if field.Around.Size().Height <= field.Size().Height+20 || top < 0 ||
				top+field.Around.Size().Height > scroll.Size().Height {
				t.Errorf("from %v on, %v high, in %v", top, field.Around.Size().Height, scroll.Size().Height)
			}
			s.w.win.Canvas().FocusNext()
		}
	})
}

// What comes out of a fold was nowhere a moment ago.
func TestWhatIsUnfoldedComesIntoView(t *testing.T) {
	onStage(t, func(s *stage) {
		s.size(360, 480)
		s.show()
		s.adding("Rhythm (machine-to-machine)")
		s.relayout()
		s.press("More settings…")
		field, scroll := s.focused().(*kit.Field), s.w.Top().Scroll
		driver := s.app.Driver()
		top := driver.AbsolutePositionForObject(field.Around).Y - driver.AbsolutePositionForObject(scroll).Y
		if top < 0 || top+field.Around.Size().Height > scroll.Size().Height {
			t.Errorf("from %v on, %v high, in %v", top, field.Around.Size().Height, scroll.Size().Height)
		}
		// The window's own driver does not know where it is before it is drawn; the driver of the tests does.
		if y, ok := kit.HeightIn(scroll.Content, field.Around); !ok || y != top+scroll.Offset.Y {
			t.Errorf("%v below the beginning, %v; want %v", y, ok, top+scroll.Offset.Y)
		}
	})
}

func TestShortcuts(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(acme(account.SignedOut))
		if !s.w.Shortcut(kit.Key(keyAdd)) {
			t.Fatal("nobody knows the shortcut")
		}
		s.settle()
		s.press("Auth0")
		form := s.sheet("Auth0")
		entry := find[*kit.Field](s.root())[0]
		entry.TypedShortcut(kit.Key(keyAdd)) // a second form would bury the first
		if s.w.Top() != form {
			t.Error("a form upon a form")
		}
		entry.TypedShortcut(&fyne.ShortcutSelectAll{}) // an entry's own still works
		entry.TypedShortcut(kit.Key(keyClose))
		s.settle()
		if s.app.window.closed != 1 {
			t.Error("the window cannot be closed while one types")
		}
	})
}

func TestTheMenuOfACardWorksByKeyboard(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(acme(account.KeychainLocked))
		s.w.win.Canvas().Focus(s.card("acme").more)
		s.key(fyne.KeyReturn)
		if len(find[*widget.PopUpMenu](s.root())) != 1 {
			t.Fatal("no menu")
		}
		s.key(fyne.KeyDown)
		s.key(fyne.KeyReturn)
		if calls := s.r.called(); !slices.Equal(calls, []string{"sign-out acme"}) {
			t.Errorf("%q", calls)
		}
		s.press("More")
		s.key(fyne.KeyEscape)
		if s.w.win.Canvas().Overlays().Top() != nil {
			t.Error("Escape does not close the menu")
		}
	})
}

func TestEveryButtonHasAName(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)), withProblem(acme(account.NeedsSignIn), nil))
		s.size(1000, 700)
		for _, o := range find[fyne.Widget](s.root()) {
			a, ok := o.(fyne.Accessible)
			if ok && a.AccessibilityRole() == fyne.AccessibleRoleButton && a.AccessibilityLabel() == "" {
				t.Errorf("%T has no name", o)
			}
		}
	})
}

func TestAPressOutsideASheetReachesNothing(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(acme(account.SignedOut))
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(s.card("acme").primary).AddXY(5, 5)
		s.choose("acme", "Remove…")
		test.TapCanvas(s.w.win.Canvas(), at)
		s.settle()
		if calls := s.r.called(); len(calls) != 0 {
			t.Errorf("%q", calls)
		}
	})
}

// probe notes whether it has the focus.
type probe struct {
	widget.Button
	focused bool
}

func (p *probe) FocusGained() { p.focused = true }
func (p *probe) FocusLost()   { p.focused = false }

func TestASheetThatClosesTakesTheFocusFromItsFields(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		p := &probe{}
		p.ExtendBaseWidget(p)
		sheet := s.w.Open("Probe", p, p, s.w.NewButton(kit.Primary, "Close", nil))
		if !p.focused {
			t.Fatal("the sheet does not begin where it should")
		}
		sheet.Close()
		if p.focused {
			t.Error("a field that is gone has the focus: its cursor would blink for ever")
		}
	})
}
