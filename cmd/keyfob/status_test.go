package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/internal/words/wordstest"
)

// TestEveryStateIsPrintedInWords: the command line says what window and tray say, with the next step and the code.
func TestEveryStateIsPrintedInWords(t *testing.T) {
	for _, one := range wordstest.Accounts(t) {
		state := words.Status(one)
		var out bytes.Buffer
		screen := &terminal{out: &out}
		printOverview(screen, account.Snapshot{Accounts: []account.Account{one}})
		rows, _, _ := strings.Cut(out.String(), "\n\n")
		want := "acme  Acme  login.acme.example  " + screen.mark(state.Tone) + " " + oneLine(state.Text)
		if state.Code != "" {
			want += "\n" + strings.Repeat(" ", len("acme  Acme  login.acme.example    ")) +
				oneLine(state.Next+" ("+state.Code+")")
		}
		if rows != want {
			t.Errorf("%s, %v: %q, want %q", one.Status, one.Problem, rows, want)
		}
		detailed(t, one, state)
	}
}

func detailed(t *testing.T, one account.Account, state words.State) {
	t.Helper()
	said := map[string]string{}
	for _, row := range detailRows(&terminal{}, one, account.Keychain{}, time.Now()) {
		said[row[0]] = row[1]
		if strings.ContainsAny(row[1], "\n\t") {
			t.Errorf("%s, %v: more than a line: %q", one.Status, one.Problem, row)
		}
	}
	if !strings.HasSuffix(said["state"], " "+oneLine(state.Text)) || said["try"] != oneLine(state.Next) ||
		said["code"] != state.Code {
		t.Errorf("%s, %v: %q", one.Status, one.Problem, said)
	}
}

func TestDetailsSayWhatKeepsAnAccountFromWorking(t *testing.T) {
	refused := fault.New(fault.SignInRequired, "said", "it was revoked").Because(errors.New("invalid_grant"))
	one := account.Account{ID: "acme", Name: "Acme", Host: "acme.example", Status: account.NeedsSignIn,
		Problem: refused, Notices: []*fault.Error{fault.New(fault.NotSaved)}, Support: []string{"help@acme.example"}}
	var out bytes.Buffer
	_ = columns(&out, detailRows(&terminal{}, one, account.Keychain{}, time.Now()))
	for _, want := range []string{
		"state        ! You need to sign in again: it was revoked\n",
		"try          Press Sign in, or run keyfob login.\n",
		"code         signin-required (invalid_grant)\n",
		"note         You are signed in, but the keychain did not save it.",
		"(not-saved)\n",
		"support      help@acme.example\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}
