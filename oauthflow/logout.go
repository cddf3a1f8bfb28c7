package oauthflow

import (
	"context"
	"net/url"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// LogoutURL is the page at which a browser ends its own session at the provider: the end_session_endpoint of the
// profile or of the provider's metadata (OpenID Connect RP-Initiated Logout 1.0 §2), or Auth0's /v2/logout. Nothing is
// sent there: whoever asked opens it. Of the parameters of §2 it has client_id alone. Keyfob keeps no ID token to hint
// with, so that a provider may ask the person first, and names nobody in an address that browsers remember.
//
// fault.NoBrowserLogout: the provider has no such page. An address that is not secure, or on a foreign host, is refused
// here and not when it is read: it must not keep anybody from signing in.
func (c *Client) LogoutURL(ctx context.Context, p profile.Profile) (string, error) {
	meta, err := c.metadata(limited(ctx, p), p, usable)
	if err != nil {
		return "", err
	}
	page := meta.EndSessionEndpoint
	if page == "" && p.IsAuth0() {
		page = auth0Logout(meta)
	}
	if page == "" {
		return "", fault.New(fault.NoBrowserLogout, "host", p.Host())
	}
	u, err := checkEndpoint("end_session_endpoint", page, trustedHosts(p))
	if page == p.EndSessionEndpoint { // on any host: whoever trusts the profile has decided
		u, err = checkURL("end_session_endpoint", page)
	}
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("client_id", p.ClientID)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// auth0Logout is a page that every tenant has, though its metadata may not name it. It is on the host of the
// authorization endpoint, where the browser's session is: a tenant with a domain of its own has both there.
func auth0Logout(m metadata) string {
	u, err := url.Parse(m.AuthorizationEndpoint)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + "/v2/logout"
}
