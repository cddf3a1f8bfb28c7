package oauthflow

import (
	"cmp"
	"context"
	"fmt"
	"net/http"

	"golang.org/x/oauth2/clientcredentials"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// ClientToken gets an access token for a program of its own, with a client's secret (RFC 6749 §4.4). Each call makes
// one token request, which many providers count and bill: whoever calls it keeps what it gives.
//
// fault.SecretRefused means that the secret is wrong, fault.ClientRefused that the client may not do this; asking again
// changes neither. After all other errors the same may be asked again later.
func (c *Client) ClientToken(ctx context.Context, p profile.Profile, s secret.Text) (*Tokens, error) {
	ctx = paced(ctx, p)
	meta, err := c.metadata(ctx, p, usable)
	if err != nil {
		return nil, err
	}
	asked := c.moment()
	t := &tokenTrip{client: c, resources: p.Resource, refused: machineRefused, hidden: bothForms(s)}
	if _, err := c.machineConfig(p, meta, s).Token(t.under(ctx)); err != nil {
		return nil, fault.Of(err)
	}
	return machineTokens(p, meta, t.got, asked), nil
}

// machineConfig has the secret form-encoded before it goes into a Basic header (RFC 6749 §2.3.1); x/oauth2 does that.
func (c *Client) machineConfig(p profile.Profile, meta metadata, s secret.Text) *clientcredentials.Config {
	config := &clientcredentials.Config{
		ClientID: p.ClientID, ClientSecret: s.Reveal(), TokenURL: meta.TokenEndpoint, Scopes: p.Scopes(),
		AuthStyle: c.oauth2Config(p, meta).Endpoint.AuthStyle,
	}
	if p.Audience != "" {
		config.EndpointParams = map[string][]string{"audience": {p.Audience}}
	}
	return config
}

// machineRefused says what a final no to a client means. Of a wrong secret Keycloak says unauthorized_client and Auth0
// access_denied; but they say it with 401, and what the client may not do with 400 or 403.
func machineRefused(a answer, p problem) error {
	code := cmp.Or(p.code, fmt.Sprintf("HTTP %d", a.status))
	switch {
	case p.code == "invalid_client", a.status == http.StatusUnauthorized:
		return fault.New(fault.SecretRefused, "error", code, "reason", p.reason)
	case p.code != "":
		return fault.New(fault.ClientRefused, "error", code, "reason", p.reason)
	case a.html():
		return fault.New(fault.Portal, "host", a.host)
	}
	return fault.New(fault.ProviderTrouble, "host", a.host, "status", fmt.Sprint(a.status))
}
