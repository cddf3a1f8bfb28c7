package access

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
)

func TestLedgerTellsWhoHadWhatAndWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := New(home(t.TempDir()).options(&person{}))
		begin := time.Now()
		until := begin.Add(time.Hour)
		w.HandedOut("acme", python, until)
		time.Sleep(time.Minute)
		w.HandedOut("rhythm", curl, until)
		w.HandedOut("acme", python, until.Add(time.Minute))

		all := w.Ledger("")
		if len(all) != 2 {
			t.Fatalf("%+v", all)
		}
		one := w.Ledger("acme")
		if len(one) != 1 || one[0].Count != 2 || !one[0].First.Equal(begin) || !one[0].Last.Equal(begin.Add(time.Minute)) ||
			!one[0].Until.Equal(until.Add(time.Minute)) || one[0].Program != python {
			t.Errorf("%+v", one)
		}
		time.Sleep(sameLine)
		w.HandedOut("acme", python, until)
		if all := w.Ledger(""); len(all) != 3 || all[0].Account != "acme" || all[0].Count != 1 {
			t.Errorf("a later visit has no line of its own, or is not the first: %+v", all)
		}
	})
}

func TestLedgerIsBoundedAndWrittenSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := home(t.TempDir())
		w := New(h.options(&person{}))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		for i := range 5 * ledgerLines {
			w.HandedOut("acme", account.Program{Name: "p", Path: fmt.Sprint("/bin/", i)}, time.Now())
		}
		n := len(w.Ledger(""))
		if n != ledgerLines || len(w.ledger.lines) >= 2*ledgerLines || len(w.ledger.last) > 2*ledgerLines {
			t.Errorf("%d lines, %d in memory", n, len(w.ledger.lines))
		}
		time.Sleep(writeDelay)
		synctest.Wait()
		if n := len(New(h.options(&person{})).Ledger("")); n != ledgerLines {
			t.Errorf("%d lines after a crash", n)
		}
		w.HandedOut("acme", curl, time.Now())
		cancel()
		<-ended
		w.Close()
		again := New(h.options(&person{})).Ledger("")
		if len(again) != ledgerLines || again[0].Program != curl {
			t.Errorf("after an orderly end the last line is missing: %+v", again[0])
		}
		if info, err := os.Stat(h.ledger()); err != nil || info.Mode().Perm() != 0o600 || info.Size() > ledgerBytes/2 {
			t.Errorf("%v %v", info, err)
		}
	})
}

// TestLedgerThatCannotBeReadIsPutAside: what somebody wrote, or half a disk left, is theirs to look at.
func TestLedgerThatCannotBeReadIsPutAside(t *testing.T) {
	for name, file := range map[string]string{
		"half a file": `[{"account":`, "too large": strings.Repeat("x", ledgerBytes+1),
	} {
		t.Run(name, func(t *testing.T) {
			h := home(t.TempDir())
			if err := os.WriteFile(h.ledger(), []byte(file), 0o600); err != nil {
				t.Fatal(err)
			}
			w := New(h.options(&person{}))
			w.HandedOut("acme", curl, time.Now())
			w.Close()
			if aside, err := os.ReadFile(h.ledger() + ".unreadable"); err != nil || string(aside) != file {
				t.Errorf("it is lost: %v", err)
			}
			if n := len(New(h.options(&person{})).Ledger("")); n != 1 {
				t.Errorf("%d lines", n)
			}
		})
	}
}

func TestLedgerTellsWhoWasRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := asking(t)
		_ = w.Admit(t.Context(), "acme", python, gladly)
		if all := w.Ledger("acme"); len(all) != 1 || !all[0].Refused || all[0].Program != python {
			t.Errorf("%+v", all)
		}
	})
}
