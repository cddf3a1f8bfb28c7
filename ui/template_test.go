package ui

import (
	"slices"
	"testing"

	"keyfob/account"
	"keyfob/profile"
)

func TestEveryTemplateHasItsFields(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		s.press("Add account")
		for _, tpl := range profile.Templates() {
			if tpl.ID == "auth0" || tpl.ID == "oidc" {
				continue
			}
			s.press(calledOf(tpl))
			if got := len(find[*field](s.root())); got != len(tpl.Blanks) {
				t.Errorf("%s: %d fields for %d blanks", tpl.ID, got, len(tpl.Blanks))
			}
			if people := s.hasButton("Copy callback addresses"); people != (tpl.ID == "rhythm") {
				t.Errorf("%s: callback addresses %v", tpl.ID, people)
			}
			if !s.button(calledOf(tpl)).chosen || s.button("Auth0").chosen {
				t.Errorf("%s is not shown as chosen", tpl.ID)
			}
		}
		s.press("Auth0")
		s.fill("acme.eu.auth0.com", clientID)
		s.press("Add account")
		if p := s.imported(); p.Machine() || p.ID != "acme" {
			t.Errorf("%+v", p)
		}
	})
}

func TestAMachineFromATemplateIsAskedForItsSecretAtOnce(t *testing.T) {
	onStage(t, func(s *stage) {
		taken := machine(account.SignedIn)
		taken.ID = "conundra"
		s.show(taken)
		s.press("Add account")
		s.press("Conundra")
		s.press("Add account")
		if calls := s.r.called(); len(calls) != 0 || len(s.checked) != 0 {
			t.Errorf("%q, %d searches", calls, len(s.checked))
		}
		s.fill(pastedToken)
		s.mustSay(secretInAField + "acme-integration")
		s.fill("acme-integration")
		s.press("Add account")
		if p := s.imported(); !p.Machine() || p.ClientID != "acme-integration" || p.ID != "conundra-2" {
			t.Errorf("%+v", p)
		}
		s.sheet("Secret of Conundra")
		s.fill("s3cret")
		s.press(saveSecret)
		if calls := s.r.called(); !slices.Equal(calls, []string{"import", "secret conundra-2 s3cret"}) {
			t.Errorf("%q", calls)
		}
	})
}

func TestATemplateTakesANameAndAShortName(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		s.press("Add account")
		s.press("Rhythm")
		s.press("Advanced settings…")
		s.fill("acme.us.auth0.com", clientID, "https://rolodex.api.rhythmsoftware.com", "acme", "", "Our Rhythm", "ours")
		s.press("Add account")
		p := s.imported()
		if p.ID != "ours" || p.ClientName != "Our Rhythm" || p.Issuer != "https://acme.us.auth0.com/" ||
			p.API.TestURL != "https://rolodex.api.rhythmsoftware.com/regionConfigurations/acme" || len(s.w.sheets) != 0 {
			t.Errorf("%+v", p)
		}
	})
}
