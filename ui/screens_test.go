package ui

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/ui/kit"
)

// screensDir takes a picture of every state, to be looked at, where -screens is given.
const screensDir = "../build/screens/ui"

var takeScreens = flag.Bool("screens", false, "paint every state of the window into "+screensDir)

// people of the pictures; now is in the bubble.
func acme(s account.Status) account.Account {
	return account.Account{
		ID: "acme", Name: "Acme", Issuer: "https://acme.eu.auth0.com/", Host: "acme.eu.auth0.com", Status: s,
		Support: []string{"support@acme.example"},
	}
}

func jane() *account.Person {
	return &account.Person{Subject: "auth0|65f0", Name: "Jane Doe", Email: "jane@acme.example", Organization: "Acme Ltd"}
}

func signedInto(a account.Account) account.Account {
	a.Who, a.Renews, a.Saved = jane(), true, true
	a.Until = time.Now().Add(20 * time.Hour)
	a.RenewsBy = time.Now().Add(16 * time.Hour)
	if !a.Status.HasSession() {
		a.Status = account.SignedIn
	}
	return a
}

const authURL = "https://acme.eu.auth0.com/authorize?response_type=code&client_id=kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS&" +
	"redirect_uri=http%3A%2F%2F127.0.0.1%3A17171%2Fcallback&scope=openid+profile+email+offline_access&" +
	"code_challenge_method=S256&audience=https%3A%2F%2Fapi.acme.example"

func waitingSince(a account.Account, ago time.Duration) account.Account {
	a.Status = account.SigningIn
	started := time.Now().Add(-ago)
	a.Attempt = &account.Attempt{
		ID: "1", URL: authURL, RedirectURI: "http://127.0.0.1:17171/callback", Started: started,
		Expires: started.Add(5 * time.Minute),
	}
	return a
}

func withProblem(a account.Account, f *fault.Error) account.Account {
	a.Problem = f
	return a
}

// expired has no access any more.
func expired(a account.Account) account.Account {
	a = signedInto(a)
	a.Until = time.Now()
	return a
}

const alsoInBrowser = "Also sign out in the browser"

// signedOutHere is somebody who has just signed out in this window.
func signedOutHere(s *stage) {
	s.show(signedInto(acme(account.SignedIn)))
	s.press("Sign out")
	s.show(acme(account.SigningOut))
	s.show(acme(account.SignedOut))
}

// screens are the states of the window. Each leads a fresh window to what is to be seen.
var screens = map[string]func(*stage){
	"first-run":    func(s *stage) { s.show() },
	"signed-out":   func(s *stage) { s.show(acme(account.SignedOut)) },
	"waiting":      func(s *stage) { s.show(waitingSince(acme(account.SignedOut), 0)) },
	"waiting-long": func(s *stage) { s.show(waitingSince(acme(account.SignedOut), time.Minute)) },
	"waiting-no-browser": func(s *stage) {
		s.show(waitingSince(acme(account.SignedOut), 0))
		s.w.local("acme").Unopened = "1"
		s.w.redraw()
	},
	"signed-in": func(s *stage) { s.show(signedInto(acme(account.SignedIn))) },
	"copied": func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.press("Copy access token")
	},
	"several": func(s *stage) {
		demo := signedInto(account.Account{ID: "demo", Name: "Keyfob demo", Host: "127.0.0.1:17180", Demo: true})
		demo.Who = &account.Person{Subject: "ada", Name: "Ada Lovelace", Email: "ada@demo.example"}
		globex := acme(account.NeedsSignIn)
		globex.ID, globex.Name, globex.Host = "globex", "Globex Corporation", "login.globex.example"
		initech := acme(account.SignedOut)
		initech.ID, initech.Name, initech.Host = "initech", "Initech", "id.initech.example"
		s.show(signedInto(acme(account.SignedIn)), globex, initech, demo)
	},
	"denied": func(s *stage) {
		s.show(withProblem(acme(account.SignedOut), fault.New(fault.SignInDenied, "said", "Jane is not a member of Acme")))
	},
	"failed": func(s *stage) {
		timeout := fault.New(fault.SignInTimeout, "redirect_uri", "http://127.0.0.1:17171/callback")
		s.show(withProblem(acme(account.SignedOut), timeout))
	},
	"broken-profile": func(s *stage) {
		s.show(withProblem(acme(account.SignedOut), fault.New(fault.BadProfile).WithFindings(
			fault.Find("issuer", fault.ProfileURLScheme, "example", `"https://acme.eu.auth0.com/"`),
			fault.Find("id", fault.ProfileFileName))))
	},
	"offline": func(s *stage) {
		s.show(withProblem(signedInto(acme(account.Offline)), fault.New(fault.Offline, "host", "acme.eu.auth0.com")))
	},
	"limited": func(s *stage) {
		limited := fault.New(fault.RateLimited, "host", "acme.eu.auth0.com").WithUntil(time.Now().Add(time.Hour))
		s.show(withProblem(signedInto(acme(account.Limited)), limited))
	},
	"offline-expired": func(s *stage) {
		s.show(withProblem(expired(acme(account.Offline)), fault.New(fault.Offline, "host", "acme.eu.auth0.com")))
	},
	"offline-tried": func(s *stage) {
		offline := fault.New(fault.Offline, "host", "acme.eu.auth0.com")
		s.r.fail["token"] = offline
		s.show(withProblem(expired(acme(account.Offline)), offline))
		s.press("Try again")
	},
	"trouble": func(s *stage) {
		s.show(withProblem(signedInto(acme(account.Trouble)), fault.New(fault.ProviderTrouble, "host", "acme.eu.auth0.com",
			"status", "503").WithUntil(time.Now().Add(time.Minute))))
	},
	"answer-lost": func(s *stage) {
		s.show(withProblem(expired(acme(account.Trouble)), fault.New(fault.AnswerLost, "host", "acme.eu.auth0.com")))
	},
	"cannot-renew": func(s *stage) {
		a := signedInto(acme(account.SignedIn))
		a.Renews = false
		a.Notices = []*fault.Error{fault.New(fault.CannotRenew)}
		s.show(a)
	},
	"notices": func(s *stage) {
		a := signedInto(acme(account.SignedIn))
		a.Saved = false
		a.Notices = []*fault.Error{fault.New(fault.NotSaved), fault.New(fault.ScopeReduced, "missing", "orders:write")}
		s.show(a)
	},
	"needs-sign-in": func(s *stage) {
		a := acme(account.NeedsSignIn)
		a.Who = jane()
		s.show(withProblem(a, fault.New(fault.SignInRequired).WithReason(fault.WhyRevoked)))
	},
	"blocked": func(s *stage) {
		s.show(withProblem(acme(account.NeedsSignIn), fault.New(fault.SignInRequired).WithReason(fault.WhyBlocked)))
	},
	"another-person": func(s *stage) {
		s.show(withProblem(acme(account.NeedsSignIn),
			fault.New(fault.DifferentPerson, "was", "jane@acme.example", "now", "bob@acme.example")))
	},
	"signed-out-here": signedOutHere,
	"browser-logout": func(s *stage) {
		signedOutHere(s)
		s.press(alsoInBrowser)
	},
	"browser-logout-no-page": func(s *stage) {
		s.r.fail["browser-logout"] = fault.New(fault.NoBrowserLogout, "host", "acme.eu.auth0.com")
		signedOutHere(s)
		s.press(alsoInBrowser)
	},
	"browser-logout-no-browser": func(s *stage) {
		s.noBrowser = true
		signedOutHere(s)
		s.press(alsoInBrowser)
	},
	"sign-out-not-told": func(s *stage) {
		until := time.Now().Add(time.Hour)
		s.r.report = account.SignOutReport{Deleted: true,
			Problem: fault.New(fault.RevokeFailed, "host", "acme.eu.auth0.com", "again", until.Format(time.RFC3339)).
				WithUntil(until)}
		signedOutHere(s)
	},
	"keychain-missing": func(s *stage) {
		s.r.last.Keychain = account.Keychain{State: account.KeychainUnusable, Problem: fault.New(fault.KeychainMissing)}
		s.show(acme(account.SignedOut))
	},
	"keychain-missing-first-run": func(s *stage) {
		s.r.last.Keychain = account.Keychain{State: account.KeychainUnusable, Problem: fault.New(fault.KeychainMissing)}
		s.show()
	},
	"keychain-locked": func(s *stage) {
		s.show(withProblem(acme(account.KeychainLocked), fault.New(fault.KeychainLocked)))
	},
	"demo": func(s *stage) {
		a := signedInto(account.Account{ID: "demo", Name: "Keyfob demo", Host: "127.0.0.1:17180", Demo: true})
		s.show(a)
	},
	"long-names": func(s *stage) {
		a := signedInto(acme(account.SignedIn))
		a.Name = "The Amalgamated International Widget Company of the Northern Hemisphere"
		a.Host = "login.identity.production.amalgamated-international-widgets.example:8443"
		a.Who.Name = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Hubert Blaine"
		a.Who.Email = "hubert.blaine.wolfeschlegelsteinhausenbergerdorff@amalgamated-international-widgets.example"
		a.Demo = true
		s.show(a)
	},
	"loading":  func(s *stage) { s.show(acme(account.Loading)) },
	"starting": func(s *stage) { s.wait(time.Second) },
	"lost": func(s *stage) {
		s.show(acme(account.SignedOut))
		close(s.r.snapshots)
		s.settle()
	},
	"menu": func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.press("More")
	},
	"main-menu": func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.press("Menu")
	},
	"details": func(s *stage) {
		cause := errors.New("dial tcp: lookup acme.eu.auth0.com: no such host")
		s.show(withProblem(signedInto(acme(account.Offline)),
			fault.New(fault.Offline, "host", "acme.eu.auth0.com").Because(cause)))
		s.choose("acme", "Details")
	},
	"remove": func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.choose("acme", "Remove…")
	},
	"close-without-tray": func(s *stage) {
		s.r.last.Agent.Tray = false
		s.show(signedInto(acme(account.SignedIn)))
		s.w.leave()
	},
	"add": func(s *stage) {
		s.show()
		s.press("Add account")
	},
	"add-empty": func(s *stage) {
		s.show()
		s.adding("Auth0")
	},
	"add-error": func(s *stage) {
		s.show()
		s.adding("Auth0")
		s.fill("acme", "", pastedToken)
		s.press("Add account")
	},
	"add-looking": func(s *stage) {
		s.check = func(ctx context.Context, _ profile.Profile) error {
			<-ctx.Done()
			return ctx.Err()
		}
		s.show()
		s.adding("Auth0")
		s.fill("acme.eu.auth0.com")
	},
	"add-ok": func(s *stage) {
		s.show()
		s.adding("Auth0")
		s.fill("acme.eu.auth0.com", "kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS", "https://api.acme.example")
	},
	"add-not-found": func(s *stage) {
		s.check = func(context.Context, profile.Profile) error {
			f := fault.New(fault.DiscoveryInvalid, "host", "login.acme.example", "status", "404")
			return f.WithReason(fault.DiscoveryNoDocument)
		}
		s.show()
		s.adding("Any OpenID Connect provider")
		s.fill("https://login.acme.example/")
	},
	"add-advanced": func(s *stage) {
		s.show()
		s.adding("Auth0")
		s.press("More settings…")
	},
	"add-rhythm": func(s *stage) {
		s.show()
		s.adding("Rhythm")
	},
	"add-conundra": func(s *stage) {
		s.show()
		s.adding("Conundra")
		s.fill(pastedToken)
	},
	"add-machine-secret": func(s *stage) {
		s.show()
		s.adding("Conundra")
		s.fill("acme-integration")
		s.press("Add account")
	},
	"trust": func(s *stage) {
		s.show()
		s.w.offer(globexProfile())
		s.settle()
	},
	"trust-changed": func(s *stage) {
		old := globexProfile()
		old.Issuer, old.ClientID = "https://login.globex.example", "old-client"
		s.r.profiles["globex"] = old
		a := acme(account.SignedOut)
		a.ID, a.Name = "globex", "Globex"
		s.show(a)
		s.w.offer(globexProfile())
		s.settle()
	},
	"refused": func(s *stage) {
		s.show()
		_, err := profile.Parse([]byte(`{"keyfob_profile":1,"id":"acme","issuer":"http://acme.example","client_id":"x"}`))
		s.w.refuse(err)
	},
	"file-dialog": func(s *stage) {
		s.show()
		s.press("Open profile file…")
	},
	"asked":         func(s *stage) { s.asks(asker("1", "python3", "/usr/bin/python3.13")) },
	"asked-resting": func(s *stage) { s.publishAsked(asker("1", "python3", "/usr/bin/python3.13")) },
	"asked-more": func(s *stage) {
		r := asker("1", "bash", "/usr/bin/bash")
		r.Program.ByKeyfob = true
		s.asks(r, asker("2", "curl", "/usr/bin/curl"), asker("3", "git", "/usr/bin/git"))
	},
	"asked-unknown": func(s *stage) { s.asks(asker("1", "A program", "")) },
	"asked-long": func(s *stage) {
		s.asks(asker("1", "keyfob_agent_helper_with_a_name_of_40_ch", "/home/jane/.local/share/"+
			"a-rather-long-folder-name/versions/3.13.0-beta.4+build.20260301/"+strings.Repeat("nested/", 20)+
			"keyfob_agent_helper_with_a_name_of_40_characters"))
	},
	"asked-failed": func(s *stage) {
		s.r.fail["answer"] = fault.New(fault.AgentFailed, "said", "no space left")
		s.asks(asker("1", "python3", "/usr/bin/python3.13"))
		s.press("Once")
		s.wait(answerDelay)
	},
	"asked-over-a-form": func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.adding("Auth0")
		s.fill("globex.eu.auth0.com")
		s.asks(asker("1", "python3", "/usr/bin/python3.13"))
	},
	"asks-first": func(s *stage) { s.show(asking(signedInto(acme(account.SignedIn)))) },
	"asks-first-menu": func(s *stage) {
		s.show(asking(signedInto(acme(account.SignedIn))))
		s.press("More")
	},
	"stop-asking": func(s *stage) {
		s.show(asking(signedInto(acme(account.SignedIn))))
		s.choose("acme", "Ask before a program gets a token")
	},
	"programs": func(s *stage) {
		s.show(asking(signedInto(acme(account.SignedIn))))
		s.r.policy = account.Policy{AskFirst: true, Always: []string{"/usr/bin/git", "/home/jane/.local/bin/deploy-to-acme"}}
		s.r.handed = ledger()
		s.choose("acme", "Programs…")
	},
	"programs-none": func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.choose("acme", "Programs…")
	},
	"programs-many": func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		for range 30 {
			s.r.handed = append(s.r.handed, ledger()...)
		}
		s.choose("acme", "Programs…")
	},
	"machine": func(s *stage) { s.show(machine(account.SignedIn)) },
	"call":    func(s *stage) { s.calling() },
	"call-waiting": func(s *stage) {
		s.calling()
		s.press("POST")
		s.press("Send")
	},
	"call-told-to-wait": func(s *stage) {
		s.calling()
		s.press("Send")
		s.waits(fewer("api.acme.example"))
		s.settle()
	},
	"call-answer": func(s *stage) {
		s.calling()
		s.answers(Reply{Status: "200 OK", Took: 123 * time.Millisecond, Headers: []string{"Content-Type: application/json"},
			Body: "{\n  \"id\": 7,\n  \"name\": \"Jane\"\n}"}, nil)
		s.press("Send")
	},
	"call-headers": func(s *stage) {
		s.calling()
		headers := []string{"Content-Type: application/json", "X-Request-Id: 5"}
		s.answers(Reply{Status: "200 OK", Headers: headers, Body: "{}"}, nil)
		s.press("Send")
		s.press("Headers")
	},
	"call-refused": func(s *stage) {
		s.calling()
		s.answers(Reply{Status: "403 Forbidden", Took: time.Second, Body: `{"message":"no"}`,
			Problem: fault.New(fault.APIForbidden, "host", "api.acme.example", "scope", "orders:write")}, nil)
		s.press("Send")
	},
	"call-long": func(s *stage) {
		s.calling()
		long := strings.Repeat("  \"name\": \"The quick brown fox\",\n", 200)
		s.answers(Reply{Status: "200 OK", Body: long, Cut: true}, nil)
		s.press("Send")
	},
	"call-elsewhere": func(s *stage) {
		s.calling()
		s.answers(Reply{}, fault.New(fault.APIElsewhere, "host", "other.example", "id", "acme"))
		s.press("Send")
	},
	"call-token": func(s *stage) {
		s.calling()
		s.press("Look at token")
	},
	"gateway": func(s *stage) { s.show(callable("http://127.0.0.1:40117")) },
	"gateway-menu": func(s *stage) {
		s.show(callable("http://127.0.0.1:40117"))
		s.press("More")
	},
	"gateway-opened": func(s *stage) {
		s.show(callable(""))
		s.choose("acme", "Gateway")
	},
	"gateway-several": func(s *stage) {
		s.r.addresses = addresses
		s.show(callable(""))
		s.choose("acme", "Gateway")
	},
	"machine-empty": func(s *stage) { s.show(withoutSecret()) },
	"machine-refused": func(s *stage) {
		s.show(withProblem(machine(account.NeedsSignIn), fault.New(fault.SecretRefused)))
	},
	"machine-capped": func(s *stage) { s.show(capped()) },
	"machine-menu": func(s *stage) {
		s.show(machine(account.SignedIn))
		s.press("More")
	},
	"machine-details": func(s *stage) {
		s.show(machine(account.SignedIn))
		s.choose("batch", "Details")
	},
	"machine-kept": func(s *stage) {
		s.show(withoutSecret())
		s.secret("s3cret")
	},
	"secret": func(s *stage) {
		s.show(withoutSecret())
		s.press("Enter secret…")
	},
	"secret-trying": func(s *stage) {
		s.r.hang = make(chan struct{})
		s.show(withoutSecret())
		s.secret("s3cret")
	},
	"secret-pasted": func(s *stage) {
		s.r.fail["secret"] = fault.New(fault.BadUsage).WithReason(fault.UsageSecretLineEnd)
		s.show(withoutSecret())
		s.secret("s3cret")
	},
	"secret-offline": func(s *stage) {
		s.r.fail["secret"] = fault.New(fault.Offline, "host", "acme.eu.auth0.com")
		s.show(withoutSecret())
		s.secret("s3cret")
	},
	"secret-forget": func(s *stage) {
		s.show(machine(account.SignedIn))
		s.choose("batch", "Forget secret…")
	},
	"told": func(s *stage) {
		s.r.fail["demo"] = fault.New(fault.DemoPortBusy, "address", "127.0.0.1:17180")
		s.show()
		s.press("Try the demo")
	},
}

// pastedToken is what people paste into the wrong field.
const pastedToken = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." +
	"dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"

func globexProfile() profile.Profile {
	return profile.Profile{
		Version: 1, ID: "globex", ClientName: "Globex", Issuer: "https://id.globex.example", ClientID: "keyfob-desktop",
		Contacts: []string{"it@globex.example"}, API: &profile.API{BaseURLs: []string{"https://api.globex.example/v1"}},
	}
}

// asker is a program that waits for an answer about Acme.
func asker(id, name, path string) account.Request {
	return account.Request{
		ID: id, Account: "acme", Program: account.Program{Name: name, Path: path, PID: 4711},
		Started: time.Now(), Expires: time.Now().Add(time.Minute),
	}
}

// publishAsked shows the window programs that wait, in that order.
func (s *stage) publishAsked(waiting ...account.Request) {
	s.t.Helper()
	snapshot := s.r.last
	if len(snapshot.Accounts) == 0 {
		snapshot.Accounts = []account.Account{asking(signedInto(acme(account.SignedIn)))}
	}
	snapshot.Requests = waiting
	s.publish(snapshot)
}

// asks is publishAsked, and lets so much time pass that the window takes an answer.
func (s *stage) asks(waiting ...account.Request) {
	s.t.Helper()
	s.publishAsked(waiting...)
	s.wait(answerDelay)
}

// asking switches "ask first" on.
func asking(a account.Account) account.Account {
	a.AskFirst = true
	return a
}

func ledger() []account.HandOut {
	now := time.Now()
	return []account.HandOut{
		{Account: "acme", Program: account.Program{Name: "git", Path: "/usr/bin/git"}, First: now.Add(-time.Hour), Last: now,
			Count: 12, Until: now.Add(20 * time.Hour)},
		{Account: "acme", Program: account.Program{Name: "bash", Path: "/usr/bin/bash", ByKeyfob: true},
			First: now.Add(-2 * time.Hour), Last: now.Add(-2 * time.Hour), Count: 1},
		{Account: "acme", Program: account.Program{Name: "node", Path: "/opt/tools/node-v24/bin/node"},
			First: now.Add(-30 * time.Hour), Last: now.Add(-30 * time.Hour), Count: 1, Refused: true},
	}
}

// fill types into the visible fields, from top to bottom; "" leaves one as it is.
func (s *stage) fill(values ...string) {
	s.t.Helper()
	fields := find[*kit.Field](s.root())
	if len(fields) < len(values) {
		s.t.Fatalf("%d fields", len(fields))
	}
	for i, v := range values {
		if v != "" {
			fields[i].SetText(v)
		}
	}
	s.wait(typingPause)
}

// TestScreens leads a window through every state in three widths: narrow, as it opens, and wide. With -screens it
// paints each of them, light and dark.
func TestScreens(t *testing.T) {
	if err := os.MkdirAll(screensDir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, lead := range screens {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				lead(s)
				s.wantFocusInSight()
				for _, size := range [][2]float32{{360, 560}, {startWidth, startHeight}, {1000, 700}} {
					s.size(size[0], size[1])
					if !*takeScreens {
						continue
					}
					s.light()
					s.snap(fmt.Sprintf("%s-%.0f-light", name, size[0]))
					s.dark()
					s.snap(fmt.Sprintf("%s-%.0f-dark", name, size[0]))
				}
			})
		})
	}
}

// wantFocusInSight goes round with Tab: whatever has the focus must be of ours, which show it and pass on the keys that
// they have no use for.
func (s *stage) wantFocusInSight() {
	s.t.Helper()
	switch s.w.win.Canvas().Overlays().Top().(type) {
	case nil, *kit.Sheet:
		c := s.w.win.Canvas()
		at := c.Focused()
		if tabs := s.tabs(); c.Focused() != nil && slices.Contains(tabs, "?") {
			s.t.Errorf("Tab leads out of sight: %q", tabs)
		}
		c.Focus(at)
	}
}

// snap writes what can be seen now.
func (s *stage) snap(name string) {
	s.t.Helper()
	s.relayout()
	file, err := os.Create(filepath.Join(screensDir, name+".png"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer file.Close()
	if err := png.Encode(file, s.w.win.Canvas().Capture()); err != nil {
		s.t.Fatal(err)
	}
}
