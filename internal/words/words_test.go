package words

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words/wordstest"
)

func TestEveryFaultHasWords(t *testing.T) {
	codes := wordstest.Codes(t)
	for _, f := range wordstest.Faults(t) {
		if !Has("fault." + string(f.Code) + ".what") {
			t.Errorf("%s has no sentence", f.Code)
		}
		m := Of(f)
		if m.What == "" || m.Code != string(f.Code) {
			t.Errorf("%v: incomplete: %+v", f, m)
		}
		if strings.ContainsAny(m.What+m.Next, "{}[]!") {
			t.Errorf("%v: a template shows through: %q %q", f, m.What, m.Next)
		}
	}
	_, more := wordstest.Reasons(t)
	for key := range english().raw {
		m := english().entry(key)
		rest, ok := strings.CutPrefix(key, "fault.")
		if !ok {
			continue
		}
		code, _, _ := strings.Cut(rest, ".")
		code, reason, _ := strings.Cut(code, "/")
		args, ok := codes[fault.Code(code)]
		if !ok {
			t.Errorf("%s: there is no such code", key)
		}
		if _, names, varies := strings.Cut(key, "+"); varies {
			args = append(args, strings.Split(names, "+")...)
		}
		args = append(args, more[fault.Reason(reason)]...)
		for _, text := range m {
			for _, place := range places.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(args, place[1]) {
					t.Errorf("%s: {{.%s}} is not an argument of the code (%v)", key, place[1], args)
				}
			}
		}
	}
}

func TestOf(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	tests := []struct {
		err  error
		what string
		code string
	}{
		{fault.New(fault.RateLimited, "host", "acme.example").WithUntil(time.Date(2026, 3, 3, 14, 5, 0, 0, time.UTC)),
			"acme.example asks Keyfob to slow down until tomorrow, 14:05.", "rate-limited"},
		{fault.New(fault.RateLimited, "host", "acme.example"), "acme.example asks Keyfob to slow down.", "rate-limited"},
		{fault.New(fault.SignInDenied, "said", "{host} [x]"),
			"The sign-in service did not let you in: {host} [x]", "signin-denied"},
		{fmt.Errorf("outer: %w", fault.New(fault.KeychainLocked)), "Your keychain is locked.", "keychain-locked"},
		{errors.New("boom"), "Something went wrong inside Keyfob.", "internal"},
		{context.DeadlineExceeded, "That took too long.", "timeout"},
		{fault.New(fault.Unconfirmed), "Nothing was changed.", "unconfirmed"},
		{fault.New(fault.SignedOutLocal, "id", "acme"), "Nobody is signed in to acme.", "signed-out"},
		{fault.New("invented"), "Something went wrong inside Keyfob.", "invented"},
	}
	for _, tt := range tests {
		if m := at(tt.err, now); m.What != tt.what || m.Code != tt.code {
			t.Errorf("%v: %+v", tt.err, m)
		}
	}
	for next, f := range map[string]*fault.Error{
		"run keyfob login acme.": fault.New(fault.SignedOutLocal, "id", "acme"),
		"run keyfob login.":      fault.New(fault.SignedOutLocal), // an older agent names nobody
		"Correct it, or ask the people who gave you the file for a corrected one.": fault.New(fault.BadProfile),
	} {
		if m := Of(f); !strings.HasSuffix(m.Next, next) {
			t.Errorf("%v: %q, want %q", f, m.Next, next)
		}
	}
	if m := Of(fault.New(fault.Unconfirmed)); m.Next != "" { // nothing was asked to which yes is an answer
		t.Errorf("%+v", m)
	}
	if Of(nil) != (Message{}) {
		t.Error("nil has words")
	}
}

func TestF08WhyASignInIsNeededHasWords(t *testing.T) {
	said, lines := map[string]fault.Reason{}, map[string]fault.Reason{}
	for _, why := range fault.Whys {
		f := fault.New(fault.SignInRequired, "said", "AADSTS1: odd words").WithReason(why)
		m := Of(f)
		if m.Next == "" || strings.Contains(m.What, "AADSTS") != (why == fault.WhyBlocked) {
			t.Errorf("%s: %+v", why, m)
		}
		l := Status(account.Account{Name: "Acme", Status: account.NeedsSignIn, Problem: f})
		if said[m.What] != "" || lines[l.Text] != "" || l.Tone != Needed || strings.HasSuffix(l.Text, ".") {
			t.Errorf("%s and %s: %q, %q", why, said[m.What], m.What, l.Text)
		}
		said[m.What], lines[l.Text] = why, why
	}
	for _, f := range []*fault.Error{
		fault.New(fault.SignInRequired, "said", "Das gibt es nicht"),
		fault.New(fault.SignInRequired, "said", "Das gibt es nicht").WithReason("invented"),
	} {
		if m := Of(f); m.What != "You need to sign in again: Das gibt es nicht." {
			t.Errorf("%+v", m)
		}
	}
}

// TestASentenceEndsOnce: what is quoted at its end may bring its own end.
func TestASentenceEndsOnce(t *testing.T) {
	for text, want := range map[string]string{
		"did you mean \"scope\"?.": "did you mean \"scope\"?", "It said: no..": "It said: no.", "wait...": "wait...",
		"Done.": "Done.",
	} {
		if got := finish(text); got != want {
			t.Errorf("%q is %q", text, got)
		}
	}
}
