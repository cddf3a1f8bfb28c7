package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

const (
	refreshToken = "v1.canary-refresh-token-of-auth0-0123456789"
	accessToken  = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.Y2FuYXJ5"
	code         = "canarycode"
)

// secrets are what must be in no bundle, whole or as part of something else.
var secrets = []string{
	"canary", "eyJ", "Y2FuYXJ5", "Jane", "jane", "doe@", "auth0|4711", "auth0%7C4711", "statecode", "Robin", "robin",
}

// sick is a report in whose state secrets and persons are everywhere: some by their types, some because somebody was
// careless.
func sick(t *testing.T) *Report {
	t.Helper()
	d := clinic(t)
	d.add(t, "acme", "https://acme.example/", `"client_name": "Acme"`, `"contacts": ["help@acme.example"]`,
		`"authorization_params": {"login_hint": "jane.doe@acme.example"}`)
	d.add(t, "secret", "https://acme.example/", `"client_secret": "canary"`)
	d.way.base.DialContext = nil
	var err error
	if d.report.visits, err = d.plan(t.Context()); err != nil {
		t.Fatal(err)
	}
	who := &account.Person{Subject: "auth0|4711", Name: `Jane "JD" Döe`, Email: "jane.doe@acme.example"}
	d.report.snapshot = &account.Snapshot{Accounts: []account.Account{{
		ID: "acme", Status: account.SigningIn, Who: who, Until: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Saved: true,
		Problem: fault.New(fault.SignInDenied, "said", "robin@acme.example may not").
			Because(errors.New("robin@acme.example may not")),
		Notices: []*fault.Error{fault.New(fault.DifferentPerson, "was", "Jane Doe", "now", "Robin")},
		Attempt: &account.Attempt{URL: "https://acme.example/authorize?state=statecode&login_hint=jane%40acme.example"},
	}, {ID: "out", Status: account.SignedOut}}}
	careless := []string{
		"refresh_token=" + refreshToken, `{"access_token":"` + accessToken + `"}`, "Bearer " + accessToken,
		"callback /callback?code=" + code + "&state=statecode", refreshToken, "token " + accessToken,
		`signed in: Jane \"JD\" Döe`, "sub auth0|4711", "hint=auth0%7C4711", "login_hint=robin%40acme.example",
		`{"msg":"not renewed","code":"network-portal","detail":"x"}`, `{"code":"4/0canary-Code"}`, "plain: all is well",
	}
	line := `{"time":"2026-01-02T03:04:05Z","msg":` + fmt.Sprintf("%q", strings.Repeat("x ", 400)) + "}\n"
	text := strings.Repeat(line, 60) + strings.Join(careless, "\n") + "\n"
	if err := os.WriteFile(d.Places.LogFile(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	d.report.Checks = []*Check{failed(fault.New(fault.Offline, "host", "acme.example").
		Because(errors.New("robin@acme.example; " + accessToken)))}
	return &d.report
}

func TestA65ABundleHoldsNoSecretAndNoPerson(t *testing.T) {
	bundle := sick(t).Bundle()
	for _, s := range secrets {
		if i := strings.Index(bundle, s); i >= 0 {
			t.Errorf("%q is in it: %.120s", s, bundle[max(0, i-40):])
		}
	}
	for _, there := range []string{
		", " + runtime.GOOS + "/", "fail     : You are offline", "(offline: [e-mail]; ",
		"acme: signing_in, until 2026-01-02T03:04:05Z; renews: false, in the keychain: true",
		"out: signed_out, no token; renews",
		"  signin-denied", "  different-person", `"client_id": "abc"`, `"contacts": ["help@acme.example"]`,
		`"login_hint": "[e-mail]"`, "it cannot be used, and is left out: This file contains a secret",
		"signed in: [name]", "sub [subject]", "plain: all is well", `"fault_code":"network-portal"`,
	} {
		if !strings.Contains(bundle, there) {
			t.Errorf("%q is missing", there)
		}
	}
	if len(bundle) > logBytes+8<<10 {
		t.Errorf("%d bytes", len(bundle))
	}
}

// TestA65ABundleIsAboutOneAccount where one was named.
func TestA65ABundleIsAboutOneAccount(t *testing.T) {
	r := sick(t)
	r.only = "other"
	if bundle := r.Bundle(); strings.Contains(bundle, "signing_in") {
		t.Error("it tells of another one")
	}
}

func TestA65TheHomeFolderNamesNobody(t *testing.T) {
	t.Setenv("HOME", "/home/jane")
	t.Setenv("USERPROFILE", "/home/jane")
	r := &Report{Checks: []*Check{found(OK, "/home/jane/.local/state/keyfob/agent.sock, for you alone")}, log: "none"}
	if bundle := r.Bundle(); !strings.Contains(bundle, ": ~/.local/state") || strings.Contains(bundle, "jane") {
		t.Errorf("%s", bundle)
	}
}

// TestABundleShowsAllOfItself: it is read on a terminal before it is written.
func TestABundleShowsAllOfItself(t *testing.T) {
	v := &visit{id: "acme", file: []byte("{\"a\": \"\u009b31m\u202e\x1b[2J\",\r\n\t\"b\": \"é\"}")}
	bundle := (&Report{visits: []*visit{v}}).Bundle()
	if !strings.Contains(bundle, `{"a": "\u009b31m\u202e\u001b[2J",`+"\n\t"+`"b": "é"}`) {
		t.Errorf("%q", bundle)
	}
}

// TestTheChecksOfABundleStandInOneColumn, those of this computer as those of an account.
func TestTheChecksOfABundleStandInOneColumn(t *testing.T) {
	computers, accounts := found(OK, "as it should be"), found(OK, "as it should be")
	computers.Name, accounts.Name, accounts.Profile = "agent", "issuer", "mach"
	bundle := (&Report{Checks: []*Check{computers, accounts}}).Bundle()
	for _, says := range []string{"\nok       agent: as", "\nok       mach issuer: as"} {
		if !strings.Contains(bundle, says) {
			t.Errorf("%q is missing in\n%s", says, bundle)
		}
	}
}

func TestABundleWithoutAnything(t *testing.T) {
	d := clinic(t)
	bundle := d.report.Bundle()
	for _, says := range []string{"no agent runs", "there is none"} {
		if !strings.Contains(bundle, says) {
			t.Errorf("%q is missing in\n%s", says, bundle)
		}
	}
}

func TestA67ABundleIsANewFileForTheUserAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "bundle.txt")
	if err := Keep(path, "text"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "target"), link); err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	}
	for _, there := range []string{path, link, dir, filepath.Join(dir, "no", "folder")} {
		if err := Keep(there, "other"); fault.CodeOf(err) != fault.DiskTrouble {
			t.Errorf("%s: %v", there, err)
		}
	}
	if text, err := os.ReadFile(path); string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "target")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it followed a link")
	}
}
