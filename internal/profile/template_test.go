package profile

import (
	"strings"
	"testing"

	"keyfob/internal/words"
)

const goodClient = "kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS"

func fillAuth0(domain, client, audience string) (Profile, error) {
	t, _ := TemplateOf("auth0")
	return t.Fill(map[string]string{"domain": domain, "client_id": client, "audience": audience})
}

func fillOIDC(issuer, client string) (Profile, error) {
	t, _ := TemplateOf("oidc")
	return t.Fill(map[string]string{"issuer": issuer, "client_id": client})
}

func TestAuth0Template(t *testing.T) {
	for domain, want := range map[string]struct{ issuer, id, name string }{
		"acme.eu.auth0.com":          {"https://acme.eu.auth0.com/", "acme", "Acme"},
		" acme.eu.auth0.com\n":       {"https://acme.eu.auth0.com/", "acme", "Acme"},
		"https://acme.eu.auth0.com/": {"https://acme.eu.auth0.com/", "acme", "Acme"},
		"https://acme.eu.auth0.com":  {"https://acme.eu.auth0.com/", "acme", "Acme"},
		"ACME.eu.auth0.com":          {"https://acme.eu.auth0.com/", "acme", "Acme"},
		"login.acme.example":         {"https://login.acme.example/", "acme", "Acme"},
		"dev-x7k2.us.auth0.com":      {"https://dev-x7k2.us.auth0.com/", "dev-x7k2", "Dev-x7k2"},
		"http://127.0.0.1:4000/":     {"http://127.0.0.1:4000/", "127.0.0.1", "127.0.0.1"},
		"http://localhost:4000":      {"http://localhost:4000/", "localhost", "Localhost"},
		"https://nul.eu.auth0.com":   {"https://nul.eu.auth0.com/", "my-nul", "Nul"},
	} {
		p, err := fillAuth0(domain, " "+goodClient+" ", " https://api.acme.example ")
		if err != nil {
			t.Errorf("%q: %v", domain, err)
			continue
		}
		if p.Issuer != want.issuer || p.ID != want.id || p.Name() != want.name || p.ClientID != goodClient ||
			p.Audience != "https://api.acme.example" || p.Provider != "auth0" {
			t.Errorf("%q: %+v", domain, p)
		}
		if problem := CheckField("domain", domain); problem != nil {
			t.Errorf("%q: %v", domain, problem)
		}
	}
	if p, err := fillAuth0("acme.eu.auth0.com", goodClient, ""); err != nil || p.Audience != "" {
		t.Error("without an audience:", err)
	}
}

func TestAuth0TemplateRefuses(t *testing.T) {
	for _, c := range []struct{ domain, client, audience, fields string }{
		{"", "", "", "domain client_id"},
		{"acme", goodClient, "", "domain"},
		{"http://acme.eu.auth0.com", goodClient, "", "domain"},
		{"https://acme.eu.auth0.com/authorize", goodClient, "", "domain"},
		{"https://manage.auth0.com/", goodClient, "", "domain"},
		{"acme.eu.auth0.com/?x", goodClient, "", "domain"},
		{"user@acme.eu.auth0.com", goodClient, "", "domain"},
		{"acme .eu.auth0.com", goodClient, "", "domain"},
		{"“acme.eu.auth0.com”", goodClient, "", "domain"},
		{"acme.eu.auth0.com", "“abc”", "“https://api”", "audience client_id"},
		{"acme.eu.auth0.com", secret64, "", "client_id"},
	} {
		_, err := fillAuth0(c.domain, c.client, c.audience)
		if found(err) == nil {
			t.Errorf("%+v: %v", c, err)
			continue
		}
		var fields []string
		for _, p := range found(err) {
			fields = append(fields, p.Field)
		}
		if strings.Join(fields, " ") != c.fields {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestOIDCTemplate(t *testing.T) {
	p, err := fillOIDC(" https://auth.conundra.example/auth/realms/prod ", "keyfob")
	if err != nil || p.Issuer != "https://auth.conundra.example/auth/realms/prod" || p.ID != "conundra" ||
		p.Provider != "" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := fillOIDC("https://keycloak:8443", "x"); err != nil || p.ID != "keycloak" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := fillOIDC("https://[2001:db8::1]/", "x"); err != nil || p.ID != "2001-db8-1" {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := fillOIDC("", "x"); !onlyAbout(err, "issuer") {
		t.Error(err)
	}
	if _, err := fillOIDC("https://acme.example", ""); !onlyAbout(err, "client_id") {
		t.Error(err)
	}
}

func TestCheckField(t *testing.T) {
	for _, c := range []struct{ field, value, reason string }{
		{"domain", "acme.eu.auth0.com", ""},
		{"domain", "", "needed"},
		{"domain", "acme", "whole domain"},
		{"issuer", "https://acme.example/", ""},
		{"issuer", "", "needed"},
		{"issuer", "acme.example", "beginning with https://"},
		{"issuer", "http://acme.example", "use https"},
		{"client_id", goodClient, ""},
		{"client_id", "\t" + goodClient + " ", ""},
		{"client_id", "", "needed"},
		{"client_id", jwt, "token or a secret"},
		{"audience", "", ""},
		{"audience", "https://api.acme.example", ""},
		{"audience", "“x”", "curly"},
		{"audience", randomSecret, "token or a secret"},
	} {
		got := CheckField(c.field, c.value)
		if c.reason == "" && got != nil || c.reason != "" && (got == nil || !strings.Contains(words.Complaint(*got),
			c.reason)) {
			t.Errorf("CheckField(%q, %q) = %v, want %q", c.field, c.value, got, c.reason)
		}
		if got != nil && (got.Args["example"] == "" || strings.Contains(got.Args["example"], `"`)) {
			t.Errorf("CheckField(%q, %q): example %q", c.field, c.value, got.Args["example"])
		}
	}
}

// A machine's account has a secret, so nobody is told that none is ever needed.
func TestCheckFieldSaysWhereASecretGoes(t *testing.T) {
	for _, field := range []string{"client_id", "audience"} {
		got := CheckField(field, jwt)
		if got == nil || !strings.Contains(words.Complaint(*got), "a profile never holds") ||
			!strings.Contains(words.Complaint(*got), "a program's client secret is asked for on its own") {
			t.Errorf("%s: %v", field, got)
		}
	}
}

func TestSuggestID(t *testing.T) {
	for in, want := range map[string]string{
		"Acme": "acme", "Acme Ltd. (EU)": "acme-ltd.-eu", "Žluťoučký kůň": "zlutoucky-kun", "東京": "account", "": "account",
		"CON": "my-con", "nul.txt": "my-nul.txt", "..": "account", "a  b": "a-b", "Straße 5": "strasse-5",
		strings.Repeat("ab", 60): strings.Repeat("ab", 20),
	} {
		got := SuggestID(in)
		if got != want {
			t.Errorf("SuggestID(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzSuggestID(f *testing.F) {
	for _, s := range []string{"Acme", "CON", "a.", "Å-", "\x00", "com1.x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if wrong := idProblem(SuggestID(s)); wrong.found() {
			t.Fatalf("SuggestID(%q) = %q: %s", s, SuggestID(s), wrong.reason)
		}
	})
}
