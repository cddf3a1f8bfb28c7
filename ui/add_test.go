package ui

import (
	"context"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

const clientID = "kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS"

const secretInAField = "This looks like a token or a secret, which a profile never holds: where people sign in none " +
	"is needed, and a program's client secret is asked for on its own. For example "

// imported is the profile that the agent was given last.
func (s *stage) imported() profile.Profile {
	s.t.Helper()
	s.r.mu.Lock()
	defer s.r.mu.Unlock()
	p, err := profile.Parse(s.r.imported)
	if err != nil {
		s.t.Fatalf("imported %q: %v", s.r.imported, err)
	}
	return p
}

// adding opens the form of a template.
func (s *stage) adding(template string) {
	s.t.Helper()
	s.press("Add account")
	s.sheet("Add account")
	s.press(template)
	s.sheet(template)
}

func TestAddingAnAuth0Account(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		s.adding("Auth0")
		s.fill("acme.eu.auth0.com", clientID, "https://api.acme.example")
		s.mustSay("Found Acme’s sign-in service")
		s.press("Add account")
		p := s.imported()
		if p.Issuer != "https://acme.eu.auth0.com/" || p.ClientID != clientID || p.Audience != "https://api.acme.example" ||
			p.Provider != "auth0" || p.ID != "acme" {
			t.Errorf("%+v", p)
		}
		if len(s.w.Sheets()) != 0 {
			t.Error("the sheet stays")
		}
		s.show(acme(account.SignedOut))
		if s.w.win.Canvas().Focused() != fyne.Focusable(s.card("acme").primary) {
			t.Error("the new account is not where one goes on")
		}
	})
}

func TestAddingAnyOtherService(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(acme(account.SignedOut))
		s.adding("Any OpenID Connect provider")
		s.fill("https://login.acme.example/realms/staff", "keyfob", "https://api.acme.example")
		s.press("More settings…")
		if fields := find[*kit.Field](s.root()); s.w.win.Canvas().Focused() != fyne.Focusable(fields[3]) {
			t.Error("the settings that have come are not where one goes on")
		}
		s.fill("", "", "", "https://api.acme.example/v1", "", "Acme staff", "", "openid orders:read")
		s.press("Add account")
		p := s.imported()
		if p.Issuer != "https://login.acme.example/realms/staff" || p.Audience != "https://api.acme.example" ||
			p.ID != "acme-staff" || p.ClientName != "Acme staff" || p.Scope != "openid orders:read" || p.Provider != "" ||
			p.API.BaseURLs[0] != "https://api.acme.example/v1" {
			t.Errorf("%+v", p)
		}
	})
}

func TestAShortNameThatIsTakenGetsANumber(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(acme(account.SignedOut))
		s.adding("Auth0")
		s.fill("acme.eu.auth0.com", clientID)
		s.press("Add account")
		if p := s.imported(); p.ID != "acme-2" {
			t.Errorf("id %q", p.ID)
		}
	})
}

func TestFieldsAreJudgedWhenOneStopsTyping(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		s.adding("Auth0")
		domain := find[*kit.Field](s.root())[0]
		const complaint = "It must be the whole domain. For example acme.eu.auth0.com"
		for _, r := range "acme" {
			domain.TypedRune(r)
			s.wait(typingPause / 2)
			if s.says(complaint) {
				t.Fatal("it interrupts")
			}
		}
		s.wait(typingPause)
		s.mustSay(complaint)
		domain.TypedRune('.')
		s.settle()
		if s.says(complaint) {
			t.Error("it goes on complaining while one mends it")
		}
		if len(s.checked) != 0 {
			t.Errorf("half a domain was looked for: %+v", s.checked)
		}
	})
}

func TestTheSearchFollowsWhatStandsThere(t *testing.T) {
	onStage(t, func(s *stage) {
		stopped := make(chan string, 4)
		s.check = func(ctx context.Context, p profile.Profile) error {
			<-ctx.Done()
			stopped <- p.Host()
			return ctx.Err()
		}
		s.show()
		s.adding("Auth0")
		s.fill("acme.eu.auth0.com")
		s.mustSay("Looking for the sign-in service…")
		s.fill("acme.eu.auth0.com", clientID)
		if len(s.checked) != 1 {
			t.Errorf("looked %d times for one address", len(s.checked))
		}
		s.fill("globex.eu.auth0.com")
		if got := <-stopped; got != "acme.eu.auth0.com" {
			t.Errorf("stopped %s", got)
		}
		s.key(fyne.KeyEscape)
		if got := <-stopped; got != "globex.eu.auth0.com" {
			t.Errorf("stopped %s", got)
		}
		if len(s.w.Sheets()) != 0 {
			t.Error("Escape does not close the sheet")
		}
	})
}

func TestAServiceThatIsNotFoundIsNoHindrance(t *testing.T) {
	onStage(t, func(s *stage) {
		gone := fault.New(fault.Offline, "host", "acme.eu.auth0.com")
		s.check = func(context.Context, profile.Profile) error { return gone }
		s.show()
		s.adding("Auth0")
		s.fill("acme.eu.auth0.com", clientID)
		s.mustSay(view.Sentence(gone))
		s.press("Add account")
		s.imported()
	})
}

func TestMissingAndWrongFieldsAreNamed(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		s.adding("Auth0")
		s.press("Add account")
		fields := find[*kit.Field](s.root())
		if s.w.win.Canvas().Focused() != fyne.Focusable(fields[0]) {
			t.Error("the focus is not on the first field that is wrong")
		}
		if len(s.r.called()) != 0 {
			t.Error("an empty form was imported")
		}
		s.fill("acme.eu.auth0.com", "", pastedToken)
		s.mustSay(secretInAField + "https://api.acme.example")
		s.fill("", clientID, "https://api.acme.example")
		s.press("More settings…")
		s.fill("", "", "", "", "", "", "Not a short name")
		s.press("Add account")
		if s.w.win.Canvas().Focused() != fyne.Focusable(find[*kit.Field](s.root())[6]) || len(s.r.called()) != 0 {
			t.Error("a wrong short name passes")
		}
	})
}

func TestAnImportThatFailsKeepsTheForm(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.fail["import"] = fault.New(fault.ProfileExists, "id", "acme")
		s.show()
		s.adding("Auth0")
		s.fill("acme.eu.auth0.com", clientID)
		s.press("Add account")
		s.sheet("Auth0")
		s.mustSay(view.Sentence(s.r.fail["import"]))
		if s.button("Add account").Disabled() {
			t.Error("one cannot try again")
		}
	})
}

func TestCallbackAddressesAreReadyToCopy(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		s.adding("Auth0")
		s.press("Copy callback addresses")
		want := "http://127.0.0.1:17171/callback, http://127.0.0.1:17172/callback, http://127.0.0.1:17173/callback"
		if got := s.app.Clipboard().Content(); got != want {
			t.Errorf("%q", got)
		}
		s.mustSay("http://127.0.0.1:17171/callback\nhttp://127.0.0.1:17172/callback\nhttp://127.0.0.1:17173/callback")
	})
}

func TestEnterAddsTheAccount(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		s.adding("Auth0")
		s.fill("acme.eu.auth0.com", clientID)
		s.w.win.Canvas().Focus(find[*kit.Field](s.root())[1])
		s.key(fyne.KeyReturn)
		if calls := s.r.called(); !slices.Equal(calls, []string{"import"}) {
			t.Errorf("%q", calls)
		}
	})
}
