package ui

import (
	"cmp"
	"context"
	"strings"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/words"
)

// openDetails shows the technical side of an account.
func (w *Window) openDetails(id string) {
	if a, ok := w.snapshot.Account(id); ok {
		w.openFacts(a.Name, detailsOf(a, w.snapshot.Agent, w.local(id).err, w.o.Now()))
	}
}

// openCause shows the technical side of an answer that belongs to no account.
func (w *Window) openCause(err error) {
	w.openFacts("Details", append(causes(account.Account{}, err), aboutOf(w.snapshot.Agent)...))
}

// openAbout says which Keyfob this is.
func (w *Window) openAbout() { w.openFacts("About Keyfob", aboutOf(w.snapshot.Agent)) }

// openFacts shows details with a button that copies all of them.
func (w *Window) openFacts(title string, details []detail) {
	body := newColumn(1.5 * grid)
	var all strings.Builder
	for _, d := range details {
		body.Add(fact(d.label, d.value))
		all.WriteString(d.label + ": " + d.value + "\n")
	}
	var s *sheet
	copied := w.newButton(plain, "Copy all", nil)
	copied.pressed = func() {
		w.copyText(all.String())
		copied.set(plain, "Copied", true)
		s.Refresh()
	}
	s = w.openSheet(title, body, nil, w.newButton(primary, "Close", func() { s.close() }), copied)
}

// openRemove asks before an account goes.
func (w *Window) openRemove(id string) {
	a, ok := w.snapshot.Account(id)
	if !ok {
		return
	}
	what := "Keyfob forgets this account. To use it again, you will need its profile file or its settings."
	if a.Machine != nil {
		what = "Its secret and its token go too. " + what
	} else if a.Status.HasSession() || a.Status == account.NeedsSignIn {
		what = "This signs you out. " + what
	}
	var s *sheet
	cancel := w.newButton(plain, "Cancel", func() { s.close() })
	remove := w.newButton(primary, "Remove", func() {
		s.close()
		w.remove(id, a.Name)
	})
	s = w.openSheet("Remove "+a.Name+"?", newText(what), cancel, remove, cancel)
}

func (w *Window) remove(id, name string) {
	r := w.agent
	if r == nil {
		return
	}
	w.home.tell(words.Line{}, nil)
	w.task(func(ctx context.Context) {
		report, err := r.Remove(ctx, id)
		w.do(func() {
			said := signedOutNote(report, w.o.Now())
			if problem := cmp.Or(err, problemOf(report)); problem != nil {
				said = complaintOf(problem)
			}
			if err == nil && said.Text != "" {
				said.Text = name + " is removed. " + said.Text
			}
			w.home.tell(said, cmp.Or(err, problemOf(report)))
		})
	})
}

// exactly is a moment for support: with seconds and zone.
func exactly(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05 MST")
}
