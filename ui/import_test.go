package ui

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

func globexFile(t *testing.T) []byte {
	t.Helper()
	data, err := globexProfile().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (s *stage) offer(data string) {
	s.w.offerFile(io.NopCloser(strings.NewReader(data)))
	s.settle()
}

func TestAProfileFileIsShownBeforeItIsTakenIn(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		s.offer(string(globexFile(t)))
		s.sheet("Add Globex?")
		for _, want := range []string{"id.globex.example", "keyfob-desktop", "api.globex.example", "it@globex.example"} {
			s.mustSay(want)
		}
		if calls := s.r.called(); len(calls) != 0 {
			t.Errorf("%q before anybody agreed", calls)
		}
		s.press("Cancel")
		if calls := s.r.called(); len(calls) != 0 {
			t.Errorf("%q after Cancel", calls)
		}
		s.offer(string(globexFile(t)))
		s.press("Add account")
		if calls := s.r.called(); !slices.Equal(calls, []string{"import"}) || s.imported().ID != "globex" {
			t.Errorf("%q", calls)
		}
		if len(s.w.Sheets()) != 0 {
			t.Error("the sheet stays")
		}
	})
}

func TestAFileThatChangesAnAccountSaysWhat(t *testing.T) {
	onStage(t, func(s *stage) {
		old := globexProfile()
		old.Issuer = "https://login.globex.example"
		s.r.profiles["globex"] = old
		is := acme(account.SignedOut)
		is.ID = "globex"
		s.show(is)
		s.offer(string(globexFile(t)))
		s.sheet("Replace Globex?")
		s.mustSay("issuer: https://login.globex.example\nbecomes https://id.globex.example")
		if s.w.win.Canvas().Focused() != fyne.Focusable(s.button("Cancel")) {
			t.Error("one slip replaces the account")
		}
		s.press("Keep both")
		if calls := s.r.called(); !slices.Equal(calls, []string{"profile globex", "import"}) ||
			s.imported().ID != "globex-2" {
			t.Errorf("%q, %s", calls, s.imported().ID)
		}
		s.offer(string(globexFile(t)))
		s.press("Replace")
		if calls := s.r.called(); !slices.Equal(calls, []string{"profile globex", "replace"}) || s.imported().ID != "globex" {
			t.Errorf("%q", calls)
		}
	})
}

func TestAFileThatChangesNothingSaysSo(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.profiles["globex"] = globexProfile()
		is := acme(account.SignedOut)
		is.ID = "globex"
		s.show(is)
		s.offer(string(globexFile(t)))
		s.mustSay("You have this account already. The file changes nothing in where you sign in or where tokens go.")
	})
}

func TestFilesThatCannotBeUsed(t *testing.T) {
	for name, data := range map[string]string{
		"no JSON":     "hello",
		"a secret":    `{"keyfob_profile":1,"id":"a","issuer":"https://a.example","client_id":"x","client_secret":"hush"}`,
		"http":        `{"keyfob_profile":1,"id":"acme","issuer":"http://acme.example","client_id":"x"}`,
		"far too big": strings.Repeat(" ", profile.MaxBytes+2),
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.show()
				s.offer(data)
				s.sheet("This file cannot be used")
				if text := strings.Join(texts(s), "\n"); strings.Contains(text, "answerDelay") {
					t.Errorf("the secret shows: %s", text)
				}
				s.key(fyne.KeyReturn)
				if len(s.w.Sheets()) != 0 || len(s.r.called()) != 0 {
					t.Error("it does not end there")
				}
			})
		})
	}
}

func texts(s *stage) (all []string) {
	for _, l := range find[*kit.Text](s.root()) {
		all = append(all, l.Words())
	}
	return all
}

func TestAnImportThatIsRefusedKeepsTheCard(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.fail["import"] = fault.New(fault.DiskTrouble, "path", "/home/jane")
		s.show()
		s.offer(string(globexFile(t)))
		s.press("Add account")
		s.sheet("Add Globex?")
		s.mustSay(view.Sentence(s.r.fail["import"]))
	})
}

func TestAFileCanBeDropped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "globex.json")
	if err := os.WriteFile(path, globexFile(t), 0o600); err != nil {
		t.Fatal(err)
	}
	onStage(t, func(s *stage) {
		s.w.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI(path)}) // nobody there to take it yet
		s.show()
		s.w.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI(path)})
		s.settle()
		s.sheet("Add Globex?")
		s.press("Cancel")
		for _, other := range []string{path + "x", filepath.Dir(path)} { // one that is missing, and a folder
			s.w.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI(other)})
			s.settle()
			s.sheet("This file cannot be used")
			s.press("Close")
		}
	})
}

func TestTheFileDialogOpens(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		s.press("Open profile file…")
		if s.w.win.Canvas().Overlays().Top() == nil {
			t.Error("no dialog")
		}
	})
}
