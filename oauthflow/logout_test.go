package oauthflow

import (
	"net/url"
	"strings"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// TestC54LogoutURL: where a browser ends its session, by what metadata and profile say. Asking sends nothing there.
func TestC54LogoutURL(t *testing.T) {
	const elsewhere = "https://id.acme.example"
	tests := map[string]struct {
		described string // end_session_endpoint in the metadata; "/" stands for the provider
		profile   func(*profile.Profile)
		want      string // "/" stands for the provider
		code      fault.Code
	}{
		"metadata":       {"/oidc/logout", nil, "/oidc/logout?client_id=client-1", ""},
		"its own query":  {"/logout?tenant=a+b", nil, "/logout?client_id=client-1&tenant=a+b", ""},
		"its client id":  {"/logout?client_id=other", nil, "/logout?client_id=client-1", ""},
		"profile":        {"/oidc/logout", names(elsewhere + "/bye"), elsewhere + "/bye?client_id=client-1", ""},
		"Auth0":          {"", auth0Profile, "/v2/logout?client_id=client-1", ""},
		"Auth0, named":   {"/oidc/logout", auth0Profile, "/oidc/logout?client_id=client-1", ""},
		"neither":        {"", nil, "", fault.NoBrowserLogout},
		"foreign host":   {elsewhere + "/logout", nil, "", fault.ForeignEndpoint},
		"not secure":     {"http://id.acme.example/logout", nil, "", fault.InsecureEndpoint},
		"no page at all": {"javascript:alert(1)", nil, "", fault.InsecureEndpoint},
		"a user name":    {"https://jane@id.acme.example/", nil, "", fault.InsecureEndpoint},
		"a fragment":     {"/logout#x", nil, "", fault.InsecureEndpoint},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newProvider(t)
			here := func(s string) string {
				if strings.HasPrefix(s, "/") {
					return p.server.URL + s
				}
				return s
			}
			p.describe = func(m map[string]any) {
				if tt.described != "" {
					m["end_session_endpoint"] = here(tt.described)
				}
			}
			prof := p.profile()
			if tt.profile != nil {
				tt.profile(&prof)
			}
			got, err := newClient(t, p).LogoutURL(t.Context(), prof)
			if got != here(tt.want) || fault.CodeOf(err) != tt.code {
				t.Errorf("%q, %v; want %q, %q", got, err, here(tt.want), tt.code)
			}
			if asked := p.asked(); len(asked) != 1 || asked[0] != "/.well-known/openid-configuration" {
				t.Errorf("asked for %q", asked)
			}
		})
	}
}

func names(page string) func(*profile.Profile) {
	return func(p *profile.Profile) { p.EndSessionEndpoint = page }
}

func auth0Profile(p *profile.Profile) { p.Provider = "auth0" }

// asked are the paths of all requests so far.
func (p *provider) asked() (paths []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.requests {
		paths = append(paths, r.path)
	}
	return paths
}

// TestC54AuthorizationHostOfAuth0: with endpoints that the profile names, the browser's session is where it signed in.
func TestC54AuthorizationHostOfAuth0(t *testing.T) {
	p := newProvider(t)
	prof := p.profile()
	prof.Provider = "auth0"
	prof.AuthorizationEndpoint = "https://id.acme.example/authorize"
	prof.TokenEndpoint, prof.JWKSURI = p.server.URL+"/oauth/token", p.server.URL+"/keys"
	got, err := newClient(t, p).LogoutURL(t.Context(), prof)
	if err != nil || got != "https://id.acme.example/v2/logout?client_id=client-1" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestC54AnOddLogoutPageStopsNoSignIn: it is refused by who wants to go there, and by nobody else.
func TestC54AnOddLogoutPageStopsNoSignIn(t *testing.T) {
	p := newProvider(t)
	p.describe = func(m map[string]any) { m["end_session_endpoint"] = "https://elsewhere.example/logout" }
	c := newClient(t, p)
	if err := c.Prepare(t.Context(), p.profile()); err != nil {
		t.Fatal(err)
	}
	_, err := c.LogoutURL(t.Context(), p.profile())
	wantFault(t, err, fault.ForeignEndpoint)
}

// TestC54TheLogoutAddressNamesNobody: it stays in the browser's history, so that it says which program and no more.
func TestC54TheLogoutAddressNamesNobody(t *testing.T) {
	p := newProvider(t)
	p.describe = func(m map[string]any) { m["end_session_endpoint"] = p.server.URL + "/oidc/logout" }
	got, err := newClient(t, p).LogoutURL(t.Context(), p.profile())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(got)
	if err != nil || len(u.Query()) != 1 || u.Query().Get("client_id") != "client-1" {
		t.Errorf("%q, %v", got, err)
	}
}
