package access

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// asking is a Control whose account acme asks first, and the person who is asked.
func asking(t *testing.T) (*Control, *person) {
	t.Helper()
	p := &person{}
	w := New(home(t.TempDir()).options(p))
	if err := w.SetPolicy(t.Context(), "acme", account.Policy{AskFirst: true}); err != nil {
		t.Fatal(err)
	}
	return w, p
}

// admitted is the answer to a program that asks, once it is there.
func admitted(t *testing.T, w *Control, id string, who account.Program) <-chan error {
	answer := make(chan error, 1)
	go func() {
		err := w.Admit(t.Context(), id, who, gladly)
		answer <- err
	}()
	return answer
}

func wantWhy(t *testing.T, err error, why fault.Reason) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Code != fault.NotAllowed || f.Reason != why {
		t.Errorf("got %v (%v), want %s: %s", err, f, fault.NotAllowed, why)
	}
}

func say(t *testing.T, w *Control, p *person, a account.Answer) {
	t.Helper()
	seen := p.sees()
	if len(seen) != 1 {
		t.Fatalf("the person is asked %d things", len(seen))
	}
	if err := w.Answer(t.Context(), seen[0].ID, a); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutAskFirstEverybodyIsLetIn(t *testing.T) {
	w, p := asking(t)
	if err := w.Admit(t.Context(), "rhythm", python, gladly); err != nil {
		t.Error(err)
	}
	if p.windows() != 0 {
		t.Error("a window came")
	}
}

// TestA71AStrangerIsAskedAboutWhereNobodyElseIs, each time anew, whatever was said the last time.
func TestA71AStrangerIsAskedAboutWhereNobodyElseIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := asking(t)
		stranger := account.Program{Name: "A program", PID: 9, Stranger: true}
		for range 2 {
			answer := admitted(t, w, "rhythm", stranger)
			synctest.Wait()
			say(t, w, p, account.Always)
			if err := <-answer; err != nil {
				t.Error(err)
			}
		}
		if err := w.Admit(t.Context(), "rhythm", nobody, gladly); err != nil {
			t.Errorf("one that is not in a container: %v", err)
		}
		w.o.ShowWindow = nil
		wantWhy(t, w.Admit(t.Context(), "rhythm", stranger, gladly), fault.WhyNoWindow)
	})
}

func TestA53OnePromptForAProgramAndItsAnswers(t *testing.T) {
	tests := []struct {
		answer          account.Answer
		lets            bool
		holds, forgiven time.Duration // how long it is not asked again; 0: it is asked at once
	}{
		{account.Once, true, 0, 0},
		{account.AnHour, true, hourHolds - time.Second, hourHolds},
		{account.Always, true, 1000 * time.Hour, 0},
		{account.Refused, false, noHolds - time.Second, noHolds},
	}
	for _, test := range tests {
		t.Run(string(test.answer), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, p := asking(t)
				first := admitted(t, w, "acme", python)
				synctest.Wait()
				if r := p.sees()[0]; r.Program != python || r.Account != "acme" || p.windows() != 1 {
					t.Errorf("the person sees %+v, and %d windows", r, p.windows())
				}
				say(t, w, p, test.answer)
				check := func(err error) {
					t.Helper()
					if test.lets && err != nil {
						t.Error(err)
					} else if !test.lets {
						wantWhy(t, err, fault.WhyNo)
					}
				}
				check(<-first)
				if test.holds > 0 {
					time.Sleep(test.holds)
					err := w.Admit(t.Context(), "acme", python, gladly)
					check(err)
				}
				if p.windows() != 1 || len(p.sees()) != 0 {
					t.Errorf("%d windows, %d questions", p.windows(), len(p.sees()))
				}
				if test.answer == account.Always {
					return
				}
				time.Sleep(test.forgiven - test.holds)
				again := admitted(t, w, "acme", python)
				synctest.Wait()
				if p.windows() != 2 {
					t.Errorf("%d windows, want a second", p.windows())
				}
				say(t, w, p, account.Once)
				<-again
			})
		})
	}
}

// TestA53AFloodCollapsesToOne: however often a program asks, and whether it waits or not, the person is asked once; and
// however many programs ask, few questions wait.
func TestA53AFloodCollapsesToOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := asking(t)
		hasty, leave := context.WithCancel(t.Context())
		leave()
		if err := w.Admit(hasty, "acme", python, gladly); !errors.Is(err, context.Canceled) {
			t.Errorf("who has left got %v", err)
		}
		var answers []<-chan error
		for range 500 {
			answers = append(answers, admitted(t, w, "acme", python))
		}
		synctest.Wait()
		if p.windows() != 1 || len(p.sees()) != 1 {
			t.Fatalf("%d windows and %d questions for one program", p.windows(), len(p.sees()))
		}
		say(t, w, p, account.Refused)
		refused := map[fault.Reason]int{}
		for _, a := range answers {
			refused[fault.Of(<-a).Reason]++
		}
		if refused[fault.WhyNo] != maxCallers || refused[fault.WhyBusy] != 500-maxCallers {
			t.Errorf("of 500 callers %v", refused)
		}

		answers = nil
		for i := range 500 {
			answers = append(answers, admitted(t, w, "acme", account.Program{Path: fmt.Sprint("/bin/", i)}))
		}
		synctest.Wait()
		first := p.sees()[0].Program
		first.PID++ // another process of a program that waits
		answers = append(answers, admitted(t, w, "acme", first))
		synctest.Wait()
		if len(p.sees()) != maxWaiting || p.windows() != 1+maxWaiting {
			t.Errorf("%d questions, %d windows for 500 programs", len(p.sees()), p.windows())
		}
		busy := 0
		for _, a := range answers {
			if err := <-a; fault.Of(err).Reason == fault.WhyBusy {
				busy++
			} else {
				wantWhy(t, err, fault.WhyUnanswered)
			}
		}
		if busy != 500-maxWaiting {
			t.Errorf("%d were told that too many wait", busy)
		}
	})
}

func TestA53UnansweredIsNo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := asking(t)
		start := time.Now()
		err := w.Admit(t.Context(), "acme", python, gladly)
		wantWhy(t, err, fault.WhyUnanswered)
		if waited := time.Since(start); waited != answerTime {
			t.Errorf("it waited for %v", waited)
		}
		err = w.Admit(t.Context(), "acme", python, gladly)
		wantWhy(t, err, fault.WhyNo)
		if p.windows() != 1 {
			t.Errorf("the person is bothered again at once")
		}
		if err := w.Answer(t.Context(), "1", account.Always); err != nil || len(w.Policy("acme").Always) != 0 {
			t.Errorf("an answer that comes too late counts: %v", err)
		}
	})
}

func TestA53WithoutAWindowItIsRefusedAtOnce(t *testing.T) {
	for name, without := range map[string]func(*Control, *person){
		"none there":      func(w *Control, _ *person) { w.o.ShowWindow = nil },
		"it cannot start": func(_ *Control, p *person) { p.absent = errors.New("no display") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, p := asking(t)
				without(w, p)
				start := time.Now()
				err := w.Admit(t.Context(), "acme", python, gladly)
				wantWhy(t, err, fault.WhyNoWindow)
				if time.Since(start) != 0 || len(p.sees()) != 0 {
					t.Error("it waited")
				}
			})
		})
	}
}

// TestNobodyIsAskedAboutWhatThereIsNot: an account that needs a sign-in has no token to say yes to.
func TestNobodyIsAskedAboutWhatThereIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := asking(t)
		nothing := fault.New(fault.SignedOutLocal)
		err := w.Admit(t.Context(), "acme", python, func(context.Context) error { return nothing })
		if fault.CodeOf(err) != fault.SignedOutLocal || p.windows() != 0 || len(w.Ledger("")) != 0 {
			t.Errorf("%v, %d windows, and the ledger says %+v", err, p.windows(), w.Ledger(""))
		}

		looked := make(chan struct{})
		answer := make(chan error, 1)
		go func() {
			answer <- w.Admit(t.Context(), "acme", python, func(context.Context) error { <-looked; return nil })
		}()
		synctest.Wait()
		said := account.Policy{AskFirst: true, Always: []string{python.Path}}
		if err := w.SetPolicy(t.Context(), "acme", said); err != nil {
			t.Fatal(err)
		}
		close(looked)
		if err := <-answer; err != nil || p.windows() != 0 {
			t.Errorf("the person is asked what they have said meanwhile: %v", err)
		}
	})
}

// TestA53WhoIsUnknownIsAskedAboutEachTime: nothing that is said of a program without a path may let in another.
func TestA53WhoIsUnknownIsAskedAboutEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := asking(t)
		for i, a := range []account.Answer{account.Always, account.AnHour, account.Once} {
			answer := admitted(t, w, "acme", nobody)
			synctest.Wait()
			if p.windows() != i+1 {
				t.Fatalf("before %s: %d windows", a, p.windows())
			}
			say(t, w, p, a)
			if err := <-answer; err != nil {
				t.Error(err)
			}
		}
		if n := len(w.answers) + len(w.Policy("acme").Always); n != 0 {
			t.Errorf("%d things are remembered of it", n)
		}
	})
}

// TestAWindowThatFailsLateHarmsNobody: the person has answered in another meanwhile.
func TestAWindowThatFailsLateHarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := asking(t)
		w.o.ShowWindow = func() error {
			time.Sleep(time.Second)
			return errors.New("no display")
		}
		answer := admitted(t, w, "acme", python)
		synctest.Wait()
		say(t, w, p, account.AnHour)
		if err := <-answer; err != nil {
			t.Error(err)
		}
		time.Sleep(answerTime)
		if err := w.Admit(t.Context(), "acme", python, gladly); err != nil {
			t.Error(err)
		}
	})
}

// TestA53WhatIsSaidOfOneStrangerIsNotSaidOfAnother: of two programs without a path that wait, the person sees one. The
// other is turned away, and not let in with the answer.
func TestA53WhatIsSaidOfOneStrangerIsNotSaidOfAnother(t *testing.T) {
	unknown := account.Program{Name: "A program"} // not even its process
	for name, first := range map[string]account.Program{"a process": nobody, "none": unknown} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, p := asking(t)
				seen := admitted(t, w, "acme", first)
				synctest.Wait()
				for _, other := range []account.Program{{Name: "A program", PID: first.PID + 1}, unknown} {
					err := w.Admit(t.Context(), "acme", other, gladly)
					wantWhy(t, err, fault.WhyBusy)
				}
				again := admitted(t, w, "acme", first)
				synctest.Wait()
				say(t, w, p, account.Once)
				if err := <-seen; err != nil {
					t.Error(err)
				}
				if err := <-again; first.PID != 0 && err != nil { // the same one, twice
					t.Error(err)
				}
			})
		})
	}
}

// TestA53WhoLeavesMakesRoom: the bound on callers counts those that wait, not those that ever did.
func TestA53WhoLeavesMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := asking(t)
		for range 3 {
			ctx, leave := context.WithCancel(t.Context())
			for range maxCallers {
				go w.Admit(ctx, "acme", python, gladly)
			}
			synctest.Wait()
			err := w.Admit(t.Context(), "acme", python, gladly)
			wantWhy(t, err, fault.WhyBusy)
			leave()
			synctest.Wait()
		}
		answer := admitted(t, w, "acme", python)
		synctest.Wait()
		say(t, w, p, account.Once)
		if err := <-answer; err != nil {
			t.Error(err)
		}
	})
}

func TestPolicySurvivesARestartAndEndsWithItsAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := home(t.TempDir()), &person{}
		w := New(h.options(p))
		if err := w.SetPolicy(t.Context(), "acme", account.Policy{AskFirst: true}); err != nil {
			t.Fatal(err)
		}
		answer := admitted(t, w, "acme", python)
		synctest.Wait()
		say(t, w, p, account.Always)
		<-answer

		w = New(h.options(p))
		if len(p.askFirst) != 1 || p.askFirst[0] != "acme" {
			t.Errorf("the clients are told %q", p.askFirst)
		}
		if err := w.Admit(t.Context(), "acme", python, gladly); err != nil {
			t.Errorf("python is asked about again: %v", err)
		}
		if err := w.Forget(t.Context(), "acme"); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(h.policy("acme")); err == nil || New(h.options(p)).Policy("acme").AskFirst {
			t.Error("it is not forgotten")
		}
	})
}

// TestSetPolicyEndsWhatWasSaid: who takes a permission back does not mean in an hour.
func TestSetPolicyEndsWhatWasSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, p := asking(t)
		answer := admitted(t, w, "acme", python)
		synctest.Wait()
		say(t, w, p, account.AnHour)
		<-answer
		if err := w.SetPolicy(t.Context(), "acme", account.Policy{AskFirst: true}); err != nil {
			t.Fatal(err)
		}
		again := admitted(t, w, "acme", python)
		synctest.Wait()
		say(t, w, p, account.Refused)
		wantWhy(t, <-again, fault.WhyNo)
	})
}

func TestAPolicyThatCannotBeReadAsksFirst(t *testing.T) {
	for name, file := range map[string]string{
		"half a file":     `{"keyfob_access":1,`,
		"a newer version": `{"keyfob_access":2,"ask_first":false}`,
		"unknown member":  `{"keyfob_access":1,"ask_first":false,"quiet":true}`,
		"too large":       `{"keyfob_access":1,"always":["` + strings.Repeat("x", policyBytes) + `"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			h, p := home(t.TempDir()), &person{}
			if err := os.MkdirAll(string(h)+"/access", 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(h.policy("acme"), []byte(file), 0o600); err != nil {
				t.Fatal(err)
			}
			if policy := New(h.options(p)).Policy("acme"); !policy.AskFirst || len(policy.Always) != 0 {
				t.Errorf("%+v", policy)
			}
			if after, err := os.ReadFile(h.policy("acme")); err != nil || string(after) != file {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
}
