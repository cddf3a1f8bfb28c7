package oauthflow

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// machineProfile is a program of its own at this provider.
func (p *provider) machineProfile(method string) profile.Profile {
	return profile.Profile{
		Version: 1, ID: "acme-m2m", Issuer: p.issuer, ClientID: "client-1:+%", TokenEndpointAuthMethod: method,
		GrantTypes: []string{profile.ClientCredentials}, Audience: "https://api.example/", Scope: "read write",
		Resource: profile.Texts{"https://one.example/", "https://two.example/"},
	}
}

const clientSecret = "s3cret /+%&=ü:canary"

// grants answers every token request as a provider does.
func (p *provider) grants(tokens map[string]any, header http.Header) {
	p.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/oauth/token" {
			return false
		}
		for name, values := range header {
			w.Header()[name] = values
		}
		reply(w, http.StatusOK, tokens)
		return true
	}
}

func TestClientTokenIsOneRequestInTheFormThatTheProfileNames(t *testing.T) {
	for _, method := range []string{profile.AuthBasic, profile.AuthPost} {
		t.Run(method, func(t *testing.T) {
			p := newProvider(t)
			p.describe = func(m map[string]any) { // all that a provider for programs needs to say
				delete(m, "authorization_endpoint")
				delete(m, "code_challenge_methods_supported")
			}
			p.grants(map[string]any{
				"access_token": "at-1", "token_type": "bearer", "expires_in": 86400, "scope": "read write",
			}, nil)
			got, err := newClient(t, p).ClientToken(t.Context(), p.machineProfile(method), secret.New(clientSecret))
			if err != nil {
				t.Fatal(err)
			}
			if got.Access.Reveal() != "at-1" || !got.Expiry.Equal(p.clock.time().Add(24*time.Hour)) || len(got.Notices) != 0 {
				t.Errorf("%+v", got)
			}
			seen := p.seen("/oauth/token")
			if len(seen) != 1 {
				t.Fatalf("%d requests", len(seen))
			}
			form := url.Values{
				"grant_type": {"client_credentials"}, "audience": {"https://api.example/"}, "scope": {"read write"},
				"resource": {"https://one.example/", "https://two.example/"},
			}
			basic := ""
			if method == profile.AuthPost {
				form["client_id"], form["client_secret"] = []string{"client-1:+%"}, []string{clientSecret}
			} else {
				basic = "Basic " + base64.StdEncoding.EncodeToString(
					[]byte(url.QueryEscape("client-1:+%")+":"+url.QueryEscape(clientSecret)))
			}
			if r := seen[0]; r.form.Encode() != form.Encode() || r.header.Get("Authorization") != basic ||
				r.header.Get("Content-Type") != "application/x-www-form-urlencoded" || strings.Contains(r.url, "secret") {
				t.Errorf("sent %v, %q, %q to %s", r.form, r.header.Get("Authorization"), r.header.Get("Content-Type"), r.url)
			}
		})
	}
}

// TestClientTokenNeedsNoDescription: some providers give no more than a token URL.
func TestClientTokenNeedsNoDescription(t *testing.T) {
	p := newProvider(t)
	p.grants(map[string]any{"access_token": "at-1", "token_type": "Bearer"}, nil)
	machine := p.machineProfile(profile.AuthPost)
	machine.Issuer, machine.TokenEndpoint = "", p.server.URL+"/oauth/token"
	if err := machine.Validate(); err != nil {
		t.Fatal(err)
	}
	if _, err := newClient(t, p).ClientToken(t.Context(), machine, secret.New(clientSecret)); err != nil {
		t.Fatal(err)
	}
	if n := len(p.seen("/.well-known/openid-configuration")); n != 0 {
		t.Errorf("%d descriptions were asked for", n)
	}
}

// problemBody is an error as RFC 6749 §5.2 has it.
func problemBody(code, description string) string {
	return `{"error":"` + code + `","error_description":"` + description + `"}`
}

func TestClientTokenRefused(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   fault.Code
	}{
		"wrong secret":      {401, problemBody("invalid_client", "bad "+clientSecret), fault.SecretRefused},
		"keycloak, secret":  {401, `{"error":"unauthorized_client"}`, fault.SecretRefused},
		"auth0, secret":     {401, `{"error":"access_denied","error_description":"Unauthorized"}`, fault.SecretRefused},
		"no body":           {401, ``, fault.SecretRefused},
		"keycloak":          {400, `{"error":"unauthorized_client"}`, fault.ClientRefused},
		"auth0, no grant":   {403, problemBody("access_denied", "Client is not authorized"), fault.ClientRefused},
		"scope":             {400, `{"error":"invalid_scope"}`, fault.ClientRefused},
		"a page":            {403, `<html>`, fault.Portal},
		"odd":               {404, `{}`, fault.ProviderTrouble},
		"down":              {503, ``, fault.ProviderTrouble},
		"slow down":         {429, `{}`, fault.RateLimited},
		"quota":             {429, problemBody("too_many_requests", "Client quota exceeded"), fault.QuotaExhausted},
		"a token of a kind": {200, `{"access_token":"at","token_type":"mac"}`, fault.TokenResponse},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{profile.AuthBasic, profile.AuthPost} {
				p := newProvider(t)
				p.answer = func(w http.ResponseWriter, r *http.Request) bool {
					if r.URL.Path == "/oauth/token" {
						w.WriteHeader(test.status)
						_, _ = w.Write([]byte(test.body))
					}
					return r.URL.Path == "/oauth/token"
				}
				_, err := newClient(t, p).ClientToken(t.Context(), p.machineProfile(method), secret.New(clientSecret))
				if fault.CodeOf(err) != test.want || len(p.seen("/oauth/token")) != 1 {
					t.Errorf("%s: %v after %d requests, want %s", method, err, len(p.seen("/oauth/token")), test.want)
				}
				if f := fault.Of(err); strings.Contains(fmt.Sprint(f, f.Args), "canary") {
					t.Errorf("%s: the secret is in the error: %v", method, f.Args)
				}
			}
		})
	}
}

func TestQuotasThatAProviderTells(t *testing.T) {
	p := newProvider(t)
	now := p.clock.time()
	p.grants(map[string]any{"access_token": "at-1", "token_type": "Bearer"}, http.Header{
		"Auth0-Client-Quota-Limit":       {"b=per_hour;q=10;r=7;t=3540,b=per_day;q=100;r=90;t=86000"},
		"Auth0-Organization-Quota-Limit": {"b=per_day;q=5;r=nonsense;t=1,b=;r=3,b=per_day;q=9;r=8;t=60"},
		"X-Ratelimit-Limit":              {"300"}, "X-Ratelimit-Remaining": {"299"},
		"X-Ratelimit-Reset": {fmt.Sprint(now.Add(time.Minute).Unix())}, "Date": {now.Format(http.TimeFormat)},
	})
	got, err := newClient(t, p).ClientToken(t.Context(), p.machineProfile(profile.AuthPost), secret.New(clientSecret))
	if err != nil {
		t.Fatal(err)
	}
	want := []account.Quota{
		{Name: "per_hour", Size: 10, Left: 7, Resets: now.Add(3540 * time.Second)},
		{Name: "per_day", Size: 100, Left: 90, Resets: now.Add(86000 * time.Second)},
		{Name: "organization per_day", Size: 9, Left: 8, Resets: now.Add(time.Minute)},
		{Name: "requests", Size: 300, Left: 299, Resets: now.Add(time.Minute)},
	}
	if !slices.Equal(got.Quotas, want) {
		t.Errorf("%+v", got.Quotas)
	}
}
