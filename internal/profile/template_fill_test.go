package profile

import (
	"slices"
	"strings"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// filled are values for all blanks of a template that have no default, by their examples.
func filled(t Template) map[string]string {
	v := map[string]string{}
	for _, b := range t.Blanks {
		if b.Default == "" {
			v[b.Field] = b.Example
		}
	}
	if base := v["api.base_urls"]; base != "" {
		v["api.test_url"] = base + "/me"
	} else {
		delete(v, "api.test_url")
	}
	return v
}

func TestEveryTemplateIsWholeOnceItIsFilledIn(t *testing.T) {
	seen := map[string]bool{}
	for _, tpl := range Templates() {
		p, err := tpl.Fill(filled(tpl))
		if err != nil {
			t.Errorf("%s: %v", tpl.ID, err)
			continue
		}
		if seen[tpl.ID] || tpl.Name == "" || strings.HasSuffix(tpl.Explanation(), ".") || !words.Has(tpl.about) {
			t.Errorf("%s: %q, %q", tpl.ID, tpl.Name, tpl.Explanation())
		}
		seen[tpl.ID] = true
		if p.Grant().NeedsSecret != strings.Contains(tpl.Explanation(), "with a client secret") {
			t.Errorf("%s is not what it says: %q", tpl.ID, tpl.Explanation())
		}
		if p.IsAuth0() != slices.Contains([]string{"rhythm", "rhythm-machine", "auth0", "auth0-machine"}, tpl.ID) {
			t.Errorf("%s: provider %q", tpl.ID, p.Provider)
		}
	}
}

func TestEveryBlankExplainsItself(t *testing.T) {
	for _, tpl := range Templates() {
		fields := map[string]bool{}
		for _, b := range tpl.Blanks {
			if fields[b.Field] || !words.Has(b.label) || !words.Has(b.where) || strings.ContainsAny(b.Label(), "<>\n") ||
				strings.HasSuffix(b.Where(), ".") || len(b.Where()) > 110 {
				t.Errorf("%s: %+v", tpl.ID, b)
			}
			fields[b.Field] = true
			if problem := b.Check(" " + b.Example + "\n"); problem != nil {
				t.Errorf("%s: the example for %s: %v", tpl.ID, b.Field, problem)
			}
			if b.Default != "" && b.Check(b.Default) != nil {
				t.Errorf("%s: the default for %s: %v", tpl.ID, b.Field, b.Check(b.Default))
			}
			if (b.Check("") != nil) != b.Needed() {
				t.Errorf("%s: nothing for %s: %v", tpl.ID, b.Field, b.Check(""))
			}
		}
	}
}

// TestTheProvidersRulesAreBuiltIn: what the providers document stands in the profile without anybody typing it.
func TestTheProvidersRulesAreBuiltIn(t *testing.T) {
	fill := func(id string, v map[string]string) Profile {
		t.Helper()
		tpl, ok := TemplateOf(id)
		if !ok {
			t.Fatal("no template", id)
		}
		p, err := tpl.Fill(v)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		return p
	}
	rhythm := map[string]string{
		"domain": "acme.us.auth0.com", "client_id": goodClient, "tenant": "acme",
		"api.base_urls": "https://rolodex.api.rhythmsoftware.com/",
	}
	const regions = "https://rolodex.api.rhythmsoftware.com/regionConfigurations/acme"

	p := fill("rhythm", rhythm)
	if p.Audience != "https://api.rhythmsoftware.com" || p.Issuer != "https://acme.us.auth0.com/" ||
		p.Grant().NeedsSecret ||
		p.API.TestURL != regions || !p.Receives(regions) || p.API.DefaultTokenLifetime != 0 {
		t.Errorf("rhythm: %+v, %+v", p, p.API)
	}
	rhythm["monthly_token_limit"] = "100"
	p = fill("rhythm-machine", rhythm)
	if p.Audience != "https://api.rhythmsoftware.com" || p.TokenEndpoint != "https://acme.us.auth0.com/oauth/token" ||
		p.AuthMethod() != AuthPost || p.MonthlyTokenLimit != 100 || p.API.DefaultTokenLifetime != 86400 ||
		p.API.TestURL != regions || len(p.Scopes()) != 0 {
		t.Errorf("rhythm-machine: %+v, %+v", p, p.API)
	}
	p = fill("conundra", map[string]string{"client_id": "acme"})
	if p.TokenEndpoint != "https://auth.conundra.eu/auth/realms/prod/protocol/openid-connect/token" ||
		p.AuthMethod() != AuthBasic || p.Provider != "keycloak" || p.API.DefaultTokenLifetime != 300 ||
		p.API.TestURL != "https://api.conundra.eu/planning/v1/ping" || len(p.API.BaseURLs) != 2 {
		t.Errorf("conundra: %+v, %+v", p, p.API)
	}
	if most := p.MaxRequestsPerSecond; most <= 0 ||
		2*most > 50 { // a second's worth at once, and another in the same second
		t.Errorf("conundra: %g requests a second are not surely below 50", most)
	}
	p = fill("res-harmonics", map[string]string{
		"client_id": "acme", "token_endpoint": "https://auth.acme.example/token",
		"api.base_urls": "https://a.example https://b.example",
	})
	if p.Scope != "api/read api/write" || p.API.DefaultTokenLifetime != 3600 || p.API.TestURL != "" ||
		len(p.API.BaseURLs) != 2 {
		t.Errorf("res-harmonics: %+v, %+v", p, p.API)
	}
	p = fill("auth0-machine", map[string]string{
		"domain": "acme.eu.auth0.com", "client_id": goodClient, "audience": "https://api.acme.example",
	})
	if p.ID != "acme-machine" || p.Name() != "Acme (machine)" ||
		p.TokenEndpoint != "https://acme.eu.auth0.com/oauth/token" ||
		p.API != nil || p.Audience != "https://api.acme.example" {
		t.Errorf("auth0-machine: %+v", p)
	}
}

func TestFillNamesTheFields(t *testing.T) {
	for _, c := range []struct {
		template string
		values   map[string]string
		fields   string
	}{
		{"rhythm", nil, "domain client_id api.base_urls"},
		{"rhythm", map[string]string{"domain": "acme", "tenant": "a/b"}, "domain tenant"},
		{"rhythm", map[string]string{"domain": " \n", "client_id": "x", "api.base_urls": "https://a.example"}, "domain"},
		{"rhythm-machine", map[string]string{"monthly_token_limit": "-1", "client_id": "“x”"},
			"client_id monthly_token_limit"},
		{"rhythm-machine", map[string]string{"tenant": ".."}, "tenant"},
		{"conundra", map[string]string{"client_id": "x", "domain": "acme.eu.auth0.com"}, "domain"},
		{"conundra", map[string]string{"client_id": "x", "token_endpoint": "http://auth.conundra.eu/"}, "token_endpoint"},
		{"conundra", map[string]string{"client_id": "x", "api.test_url": "https://elsewhere.example/"}, "api.test_url"},
		{"res-harmonics", map[string]string{"client_id": "x"}, "token_endpoint api.base_urls"},
		{"res-harmonics", map[string]string{"api.base_urls": "https://a.example nonsense"}, "api.base_urls"},
		{"auth0-machine", map[string]string{"domain": "acme.eu.auth0.com", "client_id": goodClient}, "audience"},
		{"auth0", map[string]string{"domain": "acme.eu.auth0.com", "client_id": secret64}, "client_id"},
		{"auth0", map[string]string{"client_id": jwt}, "client_id"},
		{"oidc", map[string]string{"issuer": "https://a.example", "client_id": "x", "id": "NUL"}, "id"},
	} {
		tpl, _ := TemplateOf(c.template)
		_, err := tpl.Fill(c.values)
		if found(err) == nil {
			t.Errorf("%s, %v: %v", c.template, c.values, err)
			continue
		}
		var fields []string
		for _, p := range found(err) {
			fields = append(fields, p.Field)
		}
		if strings.Join(fields, " ") != c.fields {
			t.Errorf("%s, %v: %v", c.template, c.values, err)
		}
	}
}

// TestADraftIsRefusedUntilItIsFilledIn: what is missing is marked in the file, and import says where.
func TestADraftIsRefusedUntilItIsFilledIn(t *testing.T) {
	for _, tpl := range Templates() {
		needed := slices.DeleteFunc(slices.Clone(tpl.Blanks), func(b Blank) bool { return !b.Needed() })
		p, open, err := tpl.Draft(nil)
		if err != nil || len(open) != len(needed) || len(open) == 0 {
			t.Errorf("%s: %d of %d blanks are open, %v", tpl.ID, len(open), len(needed), err)
			continue
		}
		data, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range open {
			if !strings.Contains(string(data), toFillIn+b.Label()+">") {
				t.Errorf("%s: %s is not marked in\n%s", tpl.ID, b.Field, data)
			}
		}
		_, err = Parse(data)
		if found(err) == nil || fault.CodeOf(err) != fault.BadProfile {
			t.Errorf("%s: %v", tpl.ID, err)
			continue
		}
		for _, problem := range found(err) {
			if !strings.Contains(words.Complaint(problem), "still to be filled in") {
				t.Errorf("%s: %v", tpl.ID, problem)
			}
		}
	}
}

func TestADraftHoldsNoSecret(t *testing.T) {
	for _, id := range []string{"auth0", "rhythm-machine"} {
		tpl, _ := TemplateOf(id)
		if _, _, err := tpl.Draft(map[string]string{"client_id": secret64}); fault.CodeOf(err) != fault.ProfileSecret {
			t.Errorf("%s: %v", id, err)
		}
	}
}
