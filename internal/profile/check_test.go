package profile

import (
	"encoding/json"
	"strings"
	"testing"

	"keyfob/internal/words"
)

// with parses a minimal profile in which one member is replaced or added.
func with(t *testing.T, field, value string) error {
	t.Helper()
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(minimal("")), &members); err != nil {
		t.Fatal(err)
	}
	members[field] = json.RawMessage(value)
	data, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse(data)
	return err
}

func TestGoodValues(t *testing.T) {
	for field, values := range map[string][]string{
		"id": {`"a"`, `"0"`, `"acme.eu-2_x"`, `"console"`, `"com10"`, `"nul-x"`, `"` + strings.Repeat("a", 64) + `"`},
		"issuer": {
			`"https://acme.eu.auth0.com/"`, `"https://auth.conundra.eu/auth/realms/prod"`, `"https://xn--bcher-kva.example"`,
			`"https://192.168.1.20:8443/realms/x"`, `"https://[2001:db8::1]/"`, `"http://127.0.0.1:17180/"`,
			`"http://[::1]:8080"`, `"http://LOCALHOST:8080/"`, `"http://127.1.2.3/"`, `"https://keycloak/realms/x"`,
			`"https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"`,
		},
		"client_id": {
			`"kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS"`, `"tpc_7dQd8eKxWm3ZrT5vB1nJ9a"`, `"my app"`,
			`"9188040d-6c67-4c5b-b112-36a304b66dad"`, `"https://app.example/client.json"`,
			`"407408718192-a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6.apps.googleusercontent.com"`,
			`"3MVG9lKcPoNINVBIPJjdw1J9LLM82HnFVVX19KY1uA5mu0QqEWhqKpoW3svG3XHrXDiCQjK1mdgAvhCscA9GE"`,
			`"a2c4f1b09d8e7a6b5c4d3e2f1a0b9c8da2c4f1b09d8e7a6b5c4d3e2f1a0b9c8d"`,
		},
		"redirect_uris": {
			`["http://127.0.0.1/"]`, `["http://localhost:8080/a/b"]`, `["http://[::1]:65535"]`, `[]`, `null`,
		},
		"scope":    {`"openid"`, `"https://graph.microsoft.com/User.Read offline_access"`, `"read,write"`, `""`},
		"audience": {`"https://api.rhythmsoftware.com"`, `"urn:my-api"`, `"Meine API"`},
		"grant_types": {`["authorization_code"]`,
			`["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"]`},
		"authorization_params": {`{"prompt": "consent", "ui_locales": "de en", "login_hint": "jane@acme.example"}`},
		"api":                  {`{}`, `{"base_urls": ["https://a.example/"], "test_url": "https://a.example/x"}`},
		"provider":             {`"keycloak"`},
		"client_name":          {`"“Acme” Ltd"`, `"\u001b[31mred\u202e"`},
		"contacts":             {`["Jane <jane@acme.example>", "https://help.acme.example"]`},
	} {
		for _, value := range values {
			if err := with(t, field, value); err != nil {
				t.Errorf("%s = %s: %v", field, value, err)
			}
		}
	}
}

func TestBadValues(t *testing.T) {
	for _, c := range []struct{ field, value, at, reason string }{
		{"client_id", `""`, "client_id", "needed"},
		{"client_id", `" abc"`, "client_id", "blank"},
		{"client_id", `"a“bc"`, "client_id", "curly quote"},
		{"client_id", `"abc\u200b"`, "client_id", "cannot be seen"},
		{"client_id", `"аbc"`, "client_id", "not plain ASCII"},
		{"issuer", `""`, "issuer", "needed"},
		{"issuer", `"https://acme.example/?x=1"`, "issuer", "no query"},
		{"issuer", `"https://acme.example/.well-known/openid-configuration"`, "issuer", "leave out"},
		{"jwks_uri", `"http://acme.example/keys"`, "jwks_uri", "http is only for this computer"},
		{"redirect_uris", `["http://127.0.0.1:17171/cb?x=1"]`, "redirect_uris[0]", "no query"},
		{"redirect_uris", `["http://127.0.0.1:17171/cb?"]`, "redirect_uris[0]", "no query"},
		{"redirect_uris", `["https://127.0.0.1/cb"]`, "redirect_uris[0]", "http address of this computer"},
		{"redirect_uris", `["com.acme.app:/cb"]`, "redirect_uris[0]", "http address of this computer"},
		{"redirect_uris", `["http://127.0.0.2/cb"]`, "redirect_uris[0]", "http address of this computer"},
		{"redirect_uris", `["http://0.0.0.0:1/cb"]`, "redirect_uris[0]", "http address of this computer"},
		{"redirect_uris", `["http://127.0.0.1:0/cb"]`, "redirect_uris[0]", "port"},
		{"redirect_uris", `["http://127.0.0.1:/cb"]`, "redirect_uris[0]", "port"},
		{"redirect_uris", `["http://127.0.0.1:70000/cb"]`, "redirect_uris[0]", "port"},
		{"redirect_uris", `["http://a@127.0.0.1/cb"]`, "redirect_uris[0]", "user name"},
		{"redirect_uris", `["http://127.0.0.1/cb#"]`, "redirect_uris[0]", "fragment"},
		{"redirect_uris", `["http://localhost", "http://localhost"]`, "redirect_uris[1]", "twice"},
		{"scope", `"openid  profile"`, "scope", "one space"},
		{"scope", `"openid\tprofile"`, "scope", "cannot be seen"},
		{"scope", `"\"openid\""`, "scope", "quotes around it"},
		{"scope", `"openid \"profile\""`, "scope", "without quotes"},
		{"scope", `"‘openid’"`, "scope", "curly quote"},
		{"audience", `"“https://api.rhythmsoftware.com”"`, "audience", "curly quote"},
		{"resource", `"orders"`, "resource[0]", "absolute URI"},
		{"resource", `["https://a.example/#x"]`, "resource[0]", "fragment"},
		{"grant_types", `["password"]`, "grant_types[0]", "one of"},
		{"grant_types", `["implicit", "authorization_code"]`, "grant_types[0]", "one of"},
		{"grant_types", `[]`, "grant_types", "no way to begin"},
		{"grant_types", `["refresh_token"]`, "grant_types", "no way to begin"},
		{"grant_types", `["authorization_code", "client_credentials"]`, "token_endpoint_auth_method", "needs"},
		{"grant_types", `["client_credentials"]`, "token_endpoint_auth_method", "needs"},
		{"token_endpoint_auth_method", `"private_key_jwt"`, "token_endpoint_auth_method", "one of"},
		{"provider", `"Auth0"`, "provider", "hint"},
		{"authorization_params", `{"max_age": "1h"}`, "authorization_params.max_age", "seconds"},
		{"authorization_params", `{"a b": "x"}`, "authorization_params.a b", "parameter's name"},
		{"authorization_params", `{"": "x"}`, "authorization_params.", "parameter's name"},
		{"authorization_params", `{"organization": "“acme”"}`, "authorization_params.organization", "curly"},
		{"authorization_params", `{"organization": 5}`, "authorization_params.organization", "text, not a number"},
		{"api", `{"base_urls": ["https://a.example/v1?x"]}`, "api.base_urls[0]", "no query"},
		{"api", `{"base_urls": ["https://a.example/v1/../v2"]}`, "api.base_urls[0]", "no . or .."},
		{"api", `{"base_urls": ["https://a.example/v1%2f.."]}`, "api.base_urls[0]", "no escapes"},
		{"api", `{"base_urls": ["http://a.example/"]}`, "api.base_urls[0]", "http is only"},
		{"api", `{"test_url": "https://a.example/v1"}`, "api.test_url", "below one of"},
		{"api", `{"base_urls": ["https://a.example/v1"], "test_url": "https://a.example/v11"}`, "api.test_url", "below"},
		{"api", `{"base_urls": ["https://a.example/v1"], "test_url": "https://b.example/v1"}`, "api.test_url", "below"},
		{"api", `{"base_urls": ["https://a.example/v1"], "test_url": "https://a.example:444/v1"}`, "api.test_url", "below"},
		{"api", `{"base_urls": ["https://a.example/v1"], "test_url": "https://a.example/v1/../x"}`, "api.test_url", "below"},
		{"api", `{"default_token_lifetime": -1}`, "api.default_token_lifetime", "seconds"},
		{"monthly_token_limit", `-1`, "monthly_token_limit", "negative"},
		{"max_requests_per_second", `-0.5`, "max_requests_per_second", "negative"},
		{"max_requests_per_second", `0.09`, "max_requests_per_second", "0.1 or more"},
		{"client_name", `"` + strings.Repeat("a", 201) + `"`, "client_name", "too long"},
		{"logo_uri", `"data:image/png;base64,AAAA"`, "logo_uri", "whole URL"},
		{"contacts", `[""]`, "contacts[0]", "e-mail"},
	} {
		err := with(t, c.field, c.value)
		if all := found(err); len(all) == 0 || all[0].Field != c.at || !strings.Contains(words.Finding(all[0]), c.reason) {
			t.Errorf("%s = %s: %v\nwant %s: …%s…", c.field, c.value, err, c.at, c.reason)
		}
	}
}

// TestWhatCameAlongWhenItWasCopiedIsNamed, and is nothing that a profile has.
func TestWhatCameAlongWhenItWasCopiedIsNamed(t *testing.T) {
	const api = "https://api.acme.example"
	for around, reason := range map[string]string{
		`"%s"`: "quotes around it", "'%s'": "quotes around it", "“%s”": "curly quote", "%s\n": "line end",
		"\r\n%s": "line end", "%s\u2028": "blank", " %s": "blank", "%s\u00a0": "blank", "%s\u200b": "cannot be seen",
	} {
		for field, value := range map[string]string{
			"client_id": "abc", "audience": api, "issuer": api, "token_endpoint": api, "jwks_uri": api, "resource": api,
			"redirect_uris": "http://127.0.0.1/",
		} {
			text, err := json.Marshal(strings.Replace(around, "%s", value, 1))
			if err != nil {
				t.Fatal(err)
			}
			if field == "redirect_uris" {
				text = []byte("[" + string(text) + "]")
			}
			if err := with(t, field, string(text)); err == nil || !strings.Contains(told(err), reason) {
				t.Errorf("%s = %s: %v, want %s", field, text, err, reason)
			}
		}
		domain := strings.Replace(around, "%s", "acme.eu.auth0.com", 1)
		if got := CheckField("domain", domain); strings.TrimSpace(domain) == domain &&
			(got == nil || !strings.Contains(words.Complaint(*got), reason)) {
			t.Errorf("domain %q: %v, want %s", domain, got, reason)
		}
	}
	for _, good := range []string{`a"c`, `"`, `a'`, `'`, `"a`} {
		if wrong := clientIDProblem(good); wrong.found() {
			t.Errorf("%s: %s", good, wrong.reason)
		}
	}
}

func TestParametersThatKeyfobSetsAreRefused(t *testing.T) {
	for _, name := range []string{
		"client_id", "response_type", "response_mode", "redirect_uri", "scope", "state", "nonce", "code_challenge",
		"code_challenge_method", "audience", "resource", "request", "request_uri", "State", "REDIRECT_URI",
	} {
		err := with(t, "authorization_params", `{"`+name+`": "x"}`)
		if !onlyAbout(err, "authorization_params."+name) || !strings.Contains(told(err), "sets this parameter itself") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestA41Ids(t *testing.T) {
	for _, id := range []string{
		"", "../acme", "a/b", `a\b`, "a\x00b", "Acme", "ACME", "acme!", " acme", ".acme", "-acme", "_acme", "acme.", "é",
		"con", "nul", "aux", "prn", "com1", "lpt9", "com0", "nul.json", "con.a.b", strings.Repeat("a", 65),
		strings.Repeat("a", 300), "acme\n", "acme ", "acme. ", "acme..", "..", ".", "a:b", "acme:stream", "CON", "Nul.json",
		"COM1", "com¹", "conin$", "~root", "a%2fb", "acme\u200b", "аcme", "acme\t", "a b", "*", "a|b",
	} {
		quoted, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		if err := with(t, "id", string(quoted)); !onlyAbout(err, "id") {
			t.Errorf("id %q: %v", id, err)
		}
	}
}

func TestIssuerOrEndpoints(t *testing.T) {
	for more, good := range map[string]bool{
		`"token_endpoint": "https://a.example/t"`:                                                  false,
		`"authorization_endpoint": "https://a.example/a"`:                                          false,
		`"authorization_endpoint": "https://a.example/a", "token_endpoint": "https://a.example/t"`: true,
		`"token_endpoint": "https://a.example/t", "grant_types": ["client_credentials"],
			"token_endpoint_auth_method": "client_secret_basic"`: true,
	} {
		_, err := Parse([]byte(`{"keyfob_profile": 1, "id": "a", "client_id": "b", ` + more + `}`))
		if good && err != nil || !good && !onlyAbout(err, "issuer") {
			t.Errorf("%s: %v", more, err)
		}
	}
}

func TestIssuerIsKeptToTheLastByte(t *testing.T) {
	for _, issuer := range []string{"https://ACME.example", "https://acme.example/", "https://acme.example:443/a//b/%7E"} {
		p, err := Parse([]byte(strings.Replace(minimal(""), "https://acme.example/", issuer, 1)))
		if err != nil || p.Issuer != issuer {
			t.Errorf("%s became %s (%v)", issuer, p.Issuer, err)
		}
	}
}
