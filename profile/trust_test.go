package profile

import (
	"reflect"
	"strings"
	"testing"
)

func TestA44DiffNamesWhatMatters(t *testing.T) {
	old, err := Parse([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	same := old
	same.ClientName, same.Scope, same.Contacts, same.LogoURI = "New name", "openid", nil, ""
	if d := Diff(old, same); len(d) != 0 {
		t.Errorf("a new name is told as a change: %v", d)
	}
	changed := old
	changed.Issuer, changed.ClientID, changed.TokenEndpoint = "https://evil.example/", "other", ""
	changed.RevocationEndpoint = "https://аcme.example/revoke" // Cyrillic а
	changed.API = &API{BaseURLs: []string{"https://api.acme.example/v1", "https://evil.example"}}
	want := []string{
		"issuer: https://acme.eu.auth0.com/ → https://evil.example/",
		"client_id: kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS → other",
		"token_endpoint: https://acme.eu.auth0.com/oauth/token → (none)",
		"revocation_endpoint: https://acme.eu.auth0.com/oauth/revoke → " +
			"https://аcme.example/revoke (xn--cme-5cd.example)",
		"tokens may also be sent to https://evil.example",
		"tokens may no longer be sent to https://api.acme.example:8443",
	}
	if got := Diff(old, changed); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	changed.API = nil
	if d := Diff(Profile{}, Profile{}); d != nil {
		t.Errorf("nothing differs from nothing: %v", d)
	}
}

func TestDiffSeesEveryEndpoint(t *testing.T) {
	v := reflect.ValueOf(&Profile{}).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if !strings.HasSuffix(name, "Endpoint") && name != "JWKSURI" {
			continue
		}
		var p Profile
		reflect.ValueOf(&p).Elem().Field(i).SetString("https://evil.example/")
		if len(Diff(Profile{}, p)) != 1 {
			t.Errorf("a change of %s is not told", name)
		}
	}
}

func TestA42A43TrustCard(t *testing.T) {
	p, err := Parse([]byte(`{
		"keyfob_profile": 1, "id": "acme", "client_id": "abc", "client_name": "Ac\u001b[31mme\u202e\nSigns in at: x",
		"issuer": "https://аcme.example/", "contacts": ["jane@acme.example"], "audience": "urn:api",
		"api": {"base_urls": ["https://192.168.1.20/a", "https://192.168.1.20/b", "https://api.acme.example:8443"]}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Fact{
		{"Name", "Acme Signs in at: x"},
		{"Signs in at", "xn--cme-5cd.example"},
		{"Client id", "abc"},
		{"Tokens for", "192.168.1.20 (an address of a private network), api.acme.example:8443"},
		{"Audience", "urn:api"},
		{"Asks for", "openid profile email offline_access"},
		{"Callback", "http://127.0.0.1:17171/callback, http://127.0.0.1:17172/callback, http://127.0.0.1:17173/callback"},
		{"Support", "jane@acme.example"},
	}
	if got := p.TrustCard(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	demo := Profile{Issuer: "http://127.0.0.1:17180/"}
	if got := demo.TrustCard()[0]; got != (Fact{"Signs in at", "127.0.0.1:17180 (this computer)"}) {
		t.Errorf("got %q", got)
	}
}

func TestA43NameFallsBackToTheID(t *testing.T) {
	for name, want := range map[string]string{"": "acme", "\u200b\u202e": "acme", " Acme\r\n": "Acme"} {
		if got := (Profile{ID: "acme", ClientName: name}).Name(); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
