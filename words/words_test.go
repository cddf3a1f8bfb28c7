package words

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
	"time"

	"keyfob/account"
	"keyfob/internal/fault"
)

// everyCode reads the closed list from its source, so that a new code without a sentence fails here.
func everyCode(t *testing.T) map[fault.Code][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../internal/fault/fault.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[fault.Code][]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := v.Type.(*ast.Ident); ok && id.Name == "Code" {
			value := v.Values[0].(*ast.BasicLit).Value
			codes[fault.Code(strings.Trim(value, `"`))] = arguments(v.Comment.Text())
		}
		return true
	})
	return codes
}

func arguments(comment string) []string {
	var names []string
	for _, part := range strings.Split(comment, ",") {
		if name, _, _ := strings.Cut(strings.TrimSpace(part), " "); name != "" {
			names = append(names, name)
		}
	}
	return names
}

func TestEveryFaultHasWords(t *testing.T) {
	codes := everyCode(t)
	if len(codes) < 40 {
		t.Fatalf("only %d codes were found in the source", len(codes))
	}
	for code, args := range codes {
		t.Run(string(code), func(t *testing.T) {
			if _, ok := sentences[code]; !ok {
				t.Fatal("no sentence")
			}
			full := fault.New(code)
			for _, a := range args {
				full = fault.New(code, append(flat(full), a, "ARG-"+a)...)
			}
			for _, err := range []error{full, fault.New(code)} {
				m := Of(err)
				if m.What == "" || m.Code != string(code) {
					t.Errorf("incomplete: %+v", m)
				}
				if strings.ContainsAny(m.What+m.Next, "{}[]!") {
					t.Errorf("a template shows through: %q %q", m.What, m.Next)
				}
			}
		})
	}
	for code, s := range sentences {
		args, ok := codes[code]
		if !ok {
			t.Errorf("%s is not in the list", code)
		}
		for _, m := range placeholder.FindAllStringSubmatch(s.what+s.next, -1) {
			if !strings.Contains(strings.Join(args, " "), m[1]) {
				t.Errorf("%s: {%s} is not an argument of the code (%v)", code, m[1], args)
			}
		}
	}
}

func flat(f *fault.Error) []string {
	var out []string
	for k, v := range f.Args {
		out = append(out, k, v)
	}
	return out
}

func TestOf(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	tests := []struct {
		err  error
		what string
		code string
	}{
		{fault.New(fault.RateLimited, "host", "acme.example", "until", "2026-03-03T14:05:00Z"),
			"acme.example asks Keyfob to slow down until tomorrow, 14:05.", "rate-limited"},
		{fault.New(fault.RateLimited, "host", "acme.example"), "acme.example asks Keyfob to slow down.", "rate-limited"},
		{fault.New(fault.SignInDenied, "reason", "{host} [x]"), "The sign-in service did not let you in: {host} [x]", "signin-denied"},
		{fmt.Errorf("outer: %w", fault.New(fault.KeychainLocked)), "Your keychain is locked.", "keychain-locked"},
		{errors.New("boom"), "Something went wrong inside Keyfob.", "internal"},
		{context.DeadlineExceeded, "That took too long.", "timeout"},
		{fault.New("invented"), "Something went wrong inside Keyfob.", "invented"},
	}
	for _, tt := range tests {
		if m := at(tt.err, now); m.What != tt.what || m.Code != tt.code {
			t.Errorf("%v: %+v", tt.err, m)
		}
	}
	if Of(nil) != (Message{}) {
		t.Error("nil has words")
	}
}

func TestStatusSpeaksForEveryState(t *testing.T) {
	for _, s := range account.Statuses {
		a := account.Account{Name: "Acme", Status: s, Renews: true, Who: &account.Person{Subject: "x|1", Name: "Jane Doe"}}
		l := Status(a)
		if l.Text == "" || strings.HasSuffix(l.Text, ".") {
			t.Errorf("%s: %q", s, l.Text)
		}
		if s != account.SignedOut && l.Text == "Signed out" {
			t.Errorf("%s has no words of its own", s)
		}
	}
	denied := account.Account{Status: account.SignedOut, Problem: fault.New(fault.SignInDenied, "reason", "Not a member")}
	if l := Status(denied); l.Text != "The sign-in service did not let you in: Not a member" || l.Tone != Needed {
		t.Errorf("denied: %+v", l)
	}
	short := account.Account{Status: account.SignedIn, Who: &account.Person{Email: "j@acme.example"}}
	if l := Status(short); l.Text != "Signed in as j@acme.example · cannot renew by itself" || l.Tone != Attend {
		t.Errorf("without renewal: %+v", l)
	}
}

func TestUntil(t *testing.T) {
	zone := time.FixedZone("CET", 3600)
	now := time.Date(2026, 3, 2, 23, 30, 0, 0, zone) // a Monday
	for want, at := range map[string]time.Time{
		"23:59":            time.Date(2026, 3, 2, 22, 59, 0, 0, time.UTC),
		"tomorrow, 00:05":  time.Date(2026, 3, 3, 0, 5, 0, 0, zone),
		"Friday, 14:05":    time.Date(2026, 3, 6, 14, 5, 0, 0, zone),
		"9 March, 14:05":   time.Date(2026, 3, 9, 14, 5, 0, 0, zone),
		"yesterday, 10:00": time.Date(2026, 3, 1, 10, 0, 0, 0, zone),
	} {
		if got := Until(at, now); got != want {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
	if got := Until(time.Date(2027, 1, 2, 1, 0, 0, 0, zone), now); got != "2 January 2027, 01:00" {
		t.Error(got)
	}
}

func TestF08WhyASignInIsNeededHasWords(t *testing.T) {
	said, lines := map[string]string{}, map[string]string{}
	for _, why := range fault.Whys {
		f := fault.New(fault.SignInRequired, "why", why, "reason", "AADSTS1: odd words")
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
		fault.New(fault.SignInRequired, "reason", "Das gibt es nicht"),
		fault.New(fault.SignInRequired, "reason", "Das gibt es nicht", "why", "invented"),
	} {
		if m := Of(f); m.What != "You need to sign in again: Das gibt es nicht." {
			t.Errorf("%+v", m)
		}
	}
	lost := account.Account{Name: "Acme", Status: account.Trouble, Problem: fault.New(fault.AnswerLost, "host", "a.b")}
	if l := Status(lost); !strings.Contains(l.Text, "did not answer") || strings.Contains(l.Text, "safe") {
		t.Errorf("%+v", l)
	}
}
