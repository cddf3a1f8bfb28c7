package access

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// TestA53NobodyLoosensAPolicy: what a person keeps out stays out, whatever is tried in whatever order.
func TestA53NobodyLoosensAPolicy(t *testing.T) {
	w, p := asking(t)
	both := account.Policy{AskFirst: true, Always: []string{python.Path, curl.Path}}
	if err := w.SetPolicy(t.Context(), "acme", both); err != nil {
		t.Fatal(err)
	}
	for _, p := range []account.Policy{
		{}, {Always: both.Always}, {AskFirst: true, Always: []string{"/tmp/x"}},
		{AskFirst: true, Always: append(slices.Clone(both.Always), "/tmp/x")},
	} {
		wantWhy(t, w.Tighten(t.Context(), "acme", p, nobody), fault.WhyWindowOnly)
	}
	wantWhy(t, w.Tighten(t.Context(), "rhythm", account.Policy{Always: []string{"/tmp/x"}}, nobody), fault.WhyWindowOnly)
	if p := w.Policy("acme"); !p.AskFirst || !slices.Equal(p.Always, both.Always) {
		t.Errorf("now it is %+v", p)
	}

	fewer := account.Policy{AskFirst: true, Always: []string{curl.Path, curl.Path}}
	err := w.Tighten(t.Context(), "acme", fewer, nobody)
	if err != nil || !slices.Equal(w.Policy("acme").Always, fewer.Always[1:]) {
		t.Errorf("stricter: %v, %+v", err, w.Policy("acme"))
	}
	err = w.Tighten(t.Context(), "rhythm", account.Policy{AskFirst: true}, nobody)
	if err != nil || !w.Policy("rhythm").AskFirst {
		t.Errorf("it cannot be switched on: %v", err)
	}
	if !slices.Equal(p.askFirst, []string{"acme", "rhythm"}) {
		t.Errorf("the clients are told %q", p.askFirst)
	}
}

// TestA53NobodyEndsWhatAPersonSaid: a request that changes nothing neither has the person asked again nor writes.
func TestA53NobodyEndsWhatAPersonSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := home(t.TempDir()), &person{}
		w := New(h.options(p))
		now := account.Policy{AskFirst: true, Always: []string{curl.Path, "/bin/b"}}
		if err := w.SetPolicy(t.Context(), "acme", now); err != nil {
			t.Fatal(err)
		}
		answer := admitted(t, w, "acme", python)
		synctest.Wait()
		say(t, w, p, account.AnHour)
		<-answer
		if err := os.Remove(h.policy("acme")); err != nil {
			t.Fatal(err)
		}
		for _, always := range [][]string{now.Always, {"/bin/b", curl.Path}, {"/bin/b", "/bin/b", curl.Path}} {
			if err := w.Tighten(t.Context(), "acme", account.Policy{AskFirst: true, Always: always}, nobody); err != nil {
				t.Error(err)
			}
		}
		if err := w.Admit(t.Context(), "acme", python, gladly); err != nil {
			t.Errorf("the hour has ended: %v", err)
		}
		if _, err := os.Stat(h.policy("acme")); err == nil {
			t.Error("it was written")
		}
	})
}

// TestWhoWaitsIsLetInWhenNobodyIsAskedAnyMore: and the question goes from the window.
func TestWhoWaitsIsLetInWhenNobodyIsAskedAnyMore(t *testing.T) {
	for name, change := range map[string]func(*Control) error{
		"switched off": func(w *Control) error { return w.SetPolicy(t.Context(), "acme", account.Policy{}) },
		"always": func(w *Control) error {
			return w.SetPolicy(t.Context(), "acme", account.Policy{AskFirst: true, Always: []string{python.Path}})
		},
		"removed": func(w *Control) error { return w.Forget(t.Context(), "acme") }, // the Keeper says the rest
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, p := asking(t)
				if err := w.SetPolicy(t.Context(), "rhythm", account.Policy{AskFirst: true}); err != nil {
					t.Fatal(err)
				}
				here, there := admitted(t, w, "acme", python), admitted(t, w, "rhythm", python)
				synctest.Wait()
				if err := change(w); err != nil {
					t.Fatal(err)
				}
				if err := <-here; err != nil {
					t.Errorf("it got %v", err)
				}
				if seen := p.sees(); len(seen) != 1 || seen[0].Account != "rhythm" {
					t.Errorf("the person sees %+v", seen)
				}
				say(t, w, p, account.Once)
				if err := <-there; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestAlwaysIsBounded(t *testing.T) {
	p := policy{}
	var paths []string
	for i := range 2 * maxAlways {
		paths = append(paths, fmt.Sprint("/bin/", i))
		p = p.with(paths[i])
	}
	if len(p.Always) != maxAlways || !p.allows(fmt.Sprint("/bin/", 2*maxAlways-1)) || p.allows("/bin/0") {
		t.Errorf("%d programs", len(p.Always))
	}
	w, _ := asking(t)
	if err := w.SetPolicy(t.Context(), "acme", account.Policy{AskFirst: true, Always: paths}); err != nil {
		t.Fatal(err)
	}
	if kept := w.Policy("acme").Always; !slices.Equal(kept, p.Always) {
		t.Errorf("%d programs", len(kept))
	}
}

// TestWhatWasSaidForAWhileIsForgotten: an agent runs for weeks, and programs come and go.
func TestWhatWasSaidForAWhileIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := asking(t)
		for i := range 100 {
			_ = w.Admit(t.Context(), "acme", account.Program{Path: fmt.Sprint("/bin/", i)}, gladly) // nobody answers
		}
		time.Sleep(noHolds)
		if n := len(w.answers); n > 2 {
			t.Errorf("%d refusals are remembered", n)
		}
	})
}
