package profile

import (
	"slices"
	"testing"
)

func TestAProfilesGrant(t *testing.T) {
	for _, tt := range []struct {
		types []string
		want  string
	}{
		{nil, AuthorizationCode},
		{[]string{AuthorizationCode, RefreshToken}, AuthorizationCode},
		{[]string{RefreshToken, DeviceCode}, DeviceCode},
		{[]string{DeviceCode, AuthorizationCode}, AuthorizationCode},
		{[]string{ClientCredentials}, ClientCredentials},
		{[]string{"password"}, AuthorizationCode}, // not valid
		{[]string{RefreshToken}, AuthorizationCode},
	} {
		if got := (Profile{GrantTypes: tt.types}).Grant(); got.Type != tt.want {
			t.Errorf("%v: %s", tt.types, got.Type)
		}
	}
}

// TestEveryGrantIsWhole: an entry in the table is all that a profile needs to know of a grant.
func TestEveryGrantIsWhole(t *testing.T) {
	p := Profile{AuthorizationEndpoint: "a", TokenEndpoint: "t", DeviceAuthorizationEndpoint: "d"}
	for i, g := range grants {
		if g.Type == "" || g.StartsAt(p) == "" || g.Interactive == g.NeedsSecret {
			t.Errorf("%+v", g)
		}
		if slices.Contains(grantTypes()[:i], g.Type) {
			t.Errorf("%s is there twice", g.Type)
		}
		if g.Redirects && !g.Interactive || g.Continues && len(g.Scopes) > 0 {
			t.Errorf("%s: nobody comes back, or it begins nothing", g.Type)
		}
	}
}

// A device's sign-in begins at an address of its own, and no browser comes back from it.
func TestTheTrustCardFollowsTheGrant(t *testing.T) {
	p := Profile{Issuer: "https://id.acme.example/", DeviceAuthorizationEndpoint: "https://device.acme.example/code",
		GrantTypes: []string{DeviceCode, RefreshToken}}
	card := p.TrustCard()
	if !slices.Contains(card, Fact{"Signs in at", "device.acme.example"}) {
		t.Errorf("%v", card)
	}
	if slices.ContainsFunc(card, func(f Fact) bool { return f.Label == "Callback" }) {
		t.Errorf("%v", card)
	}
}
