package profile

import (
	"reflect"
	"strings"
	"testing"

	"keyfob/internal/words"
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
	changed.RevocationEndpoint = "https://xn--cme-5cd.example/revoke"
	changed.API = &API{BaseURLs: []string{"https://api.acme.example/v1", "https://evil.example"}}
	want := []string{
		"issuer: https://acme.eu.auth0.com/ → https://evil.example/",
		"client_id: kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS → other",
		"token_endpoint: https://acme.eu.auth0.com/oauth/token → (none)",
		"revocation_endpoint: https://acme.eu.auth0.com/oauth/revoke → " +
			"https://xn--cme-5cd.example/revoke",
		"tokens may also be sent to https://evil.example",
		"tokens may no longer be sent to https://api.acme.example:8443",
	}
	if got := words.Findings(Diff(old, changed)); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	changed.API = nil
	if d := Diff(Profile{}, Profile{}); d != nil {
		t.Errorf("nothing differs from nothing: %v", d)
	}
}

func TestA44DiffShowsTheEndOfALongHost(t *testing.T) {
	long := "https://" + strings.Repeat("login.acme.example.", 12)
	got := Diff(Profile{Issuer: long + "acme.example"}, Profile{Issuer: long + "evil.example"})
	if line := words.Findings(got); len(got) != 1 || !strings.Contains(line, "acme.example → ") || !strings.HasSuffix(line,
		".evil.example") {
		t.Errorf("%q", line)
	}
}

func TestA44DiffSeesEveryEndpoint(t *testing.T) {
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
		"issuer": "https://xn--cme-5cd.example/", "contacts": ["jane@acme.example"], "audience": "urn:api",
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

func TestA42AddressesOfPrivateNetworksAreShownAsSuch(t *testing.T) {
	const private = " (an address of a private network)"
	for host, want := range map[string]string{
		"10.0.0.7": private, "172.16.0.1": private, "172.31.255.255": private, "192.168.1.20:8443": private,
		"169.254.169.254": private, "100.64.0.1": private, "[fd00::1]": private, "[fe80::1]:443": private,
		"[::ffff:192.168.1.20]": private, "[::ffff:100.100.100.200]": private,
		"127.0.0.1:8080": " (this computer)", "[::1]": " (this computer)", "localhost": " (this computer)",
		"[::ffff:127.0.0.1]": " (this computer)", "idp.localhost": " (this computer)",
		"172.32.0.1": "", "100.128.0.1": "", "93.184.216.34": "", "[2001:db8::1]": "", "acme.example": "", "10.example": "",
	} {
		p := Profile{Issuer: "https://" + host + "/", API: &API{BaseURLs: []string{"https://" + host}}}
		for _, fact := range p.TrustCard() {
			if (fact.Label == "Signs in at" || fact.Label == "Tokens for") && fact.Value != host+want {
				t.Errorf("%s: %q", host, fact)
			}
		}
		if _, err := Parse([]byte(strings.Replace(minimal(""), "acme.example", host, 1))); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// TestA42TrustCardNamesWhereElseCodesAndTokensGo: such a file names a provider that people know.
func TestA42TrustCardNamesWhereElseCodesAndTokensGo(t *testing.T) {
	p := Profile{ID: "acme", ClientID: "abc", Issuer: "https://acme.eu.auth0.com/",
		TokenEndpoint: "https://evil.example/token", RevocationEndpoint: "https://evil.example/r",
		JWKSURI: "https://10.0.0.7/k"}
	want := []Fact{
		{"Signs in at", "acme.eu.auth0.com"},
		{"Also talks to", "evil.example, 10.0.0.7 (an address of a private network)"},
	}
	if got := p.TrustCard()[1:3]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	p.GrantTypes = []string{"client_credentials"} // the secret goes to the token endpoint
	p.RevocationEndpoint, p.JWKSURI = "", ""
	if got := p.TrustCard()[1:3]; !reflect.DeepEqual(got, []Fact{
		{"Tokens from", "evil.example"}, {"Also talks to", "acme.eu.auth0.com"},
	}) {
		t.Errorf("got %q", got)
	}
	for _, fact := range p.TrustCard() {
		if fact.Label == "Callback" {
			t.Errorf("a browser that nobody needs comes back to %s", fact.Value)
		}
	}
	p = Profile{ID: "acme", Issuer: p.Issuer, AuthorizationEndpoint: "https://evil.example/authorize"}
	want = []Fact{{"Signs in at", "evil.example"}, {"Also talks to", "acme.eu.auth0.com"}}
	if got := p.TrustCard()[1:3]; !reflect.DeepEqual(got, want) {
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
