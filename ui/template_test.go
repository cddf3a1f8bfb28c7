package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/profile"
	"keyfob/ui/kit"
)

func TestEveryTemplateHasItsFields(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show()
		for _, tpl := range profile.Templates() {
			s.adding(calledOf(tpl))
			s.mustSay(strings.ToUpper(tpl.Explanation()[:1]) + tpl.Explanation()[1:] + ".")
			if got := find[*kit.Field](s.root())[0]; s.w.win.Canvas().Focused() != fyne.Focusable(got) {
				t.Errorf("%s: one does not begin at the first field", tpl.ID)
			}
			if people := s.hasButton("Copy callback addresses"); people == tpl.Grant().NeedsSecret {
				t.Errorf("%s: callback addresses %v", tpl.ID, people)
			}
			want := len(tpl.Blanks) + 2 // a name and a short name
			if !tpl.Grant().NeedsSecret {
				want++ // scopes
			}
			if at := find[*kit.Field](s.root()); len(at) > 4 {
				t.Errorf("%s asks for %d things at once", tpl.ID, len(at))
			}
			s.press("More settings…")
			if got := len(find[*kit.Field](s.root())); got != want {
				t.Errorf("%s: %d fields, want %d", tpl.ID, got, want)
			}
			s.press("Back")
			s.sheet("Add account")
			s.key(fyne.KeyEscape)
		}
	})
}

func TestAMachineFromATemplateIsAskedForItsSecretAtOnce(t *testing.T) {
	onStage(t, func(s *stage) {
		taken := machine(account.SignedIn)
		taken.ID = "conundra"
		s.show(taken)
		s.adding("Conundra")
		s.press("Add account")
		if calls := s.r.called(); len(calls) != 0 || len(s.checked) != 0 {
			t.Errorf("%q, %d searches", calls, len(s.checked))
		}
		s.fill(pastedToken)
		s.mustSay(secretInAField + "acme-integration")
		s.fill("acme-integration")
		s.press("Add account")
		if p := s.imported(); p.Grant().Interactive || p.ClientID != "acme-integration" || p.ID != "conundra-2" ||
			len(p.API.BaseURLs) != 2 || p.TokenEndpoint == "" {
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
		s.adding("Rhythm")
		s.fill("acme.us.auth0.com")
		s.mustSay("Found Rhythm’s sign-in service")
		s.press("More settings…")
		s.fill("", clientID, "https://rolodex.api.rhythmsoftware.com", "acme", "", "Our Rhythm", "ours", "openid")
		s.press("Add account")
		p := s.imported()
		if p.ID != "ours" || p.ClientName != "Our Rhythm" || p.Issuer != "https://acme.us.auth0.com/" ||
			p.Scope != "openid" ||
			p.API.TestURL != "https://rolodex.api.rhythmsoftware.com/regionConfigurations/acme" || len(s.w.Sheets()) != 0 {
			t.Errorf("%+v", p)
		}
	})
}
