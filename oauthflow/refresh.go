package oauthflow

import (
	"context"

	"golang.org/x/oauth2"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// Grant is what a session keeps of a sign-in: the refresh token, and what must stay the same.
type Grant struct {
	Refresh  secret.Text
	Identity Identity
	Nonce    secret.Text
	Scope    string // as granted last; "" if unknown

	Issuer, TokenEndpoint string // as Tokens had them
}

// Refresh trades a refresh token for new tokens:
//
//  1. The token goes to nobody but the provider that gave it.
//  2. Know the provider, keys included, before anything is spent.
//  3. Send the token. A new one in the answer is kept at once, before anything of the answer is judged.
//  4. Check the answer as at a sign-in, and that it is about the same person.
//
// keep is called with a refresh token that differs from the one sent, whatever else is wrong with the answer, on a
// context that does not end with ctx. Its error does not end the refresh; it is returned among the Notices.
//
// fault.SignInRequired means that the token is dead, fault.ClientRefused that the client's settings are wrong,
// fault.DifferentPerson that the answer is about somebody else. After all other errors the token may be tried again.
// A call makes one token request.
func (c *Client) Refresh(
	ctx context.Context, p profile.Profile, g Grant, keep func(context.Context, secret.Text) error,
) (*Tokens, error) {
	if err := g.belongsTo(p); err != nil { // 1
		return nil, err
	}
	ctx = paced(ctx, p)
	meta, err := c.provider(ctx, p, usable) // 2
	if err != nil {
		return nil, err
	}
	if g.Issuer == "" && g.TokenEndpoint != meta.TokenEndpoint {
		return nil, elsewhere()
	}
	asked := c.moment()
	r, unkept, err := c.renew(ctx, p, meta, g, keep) // 3
	if err != nil {
		return nil, err
	}
	who, err := c.stillSignedIn(ctx, p, meta, g, r) // 4
	if err != nil {
		return nil, err
	}
	t := g.tokens(p, meta, r, who, asked)
	if unkept != nil {
		t.Notices = append(t.Notices, fault.Of(unkept))
	}
	return t, nil
}

// belongsTo refuses a token of another provider. A profile without an issuer is known by its token endpoint, which
// Refresh compares when it has it.
func (g Grant) belongsTo(p profile.Profile) error {
	switch {
	case g.Refresh.Empty():
		return fault.New(fault.SignInRequired, "reason", "there is no refresh token")
	case g.Issuer != p.Issuer:
		return elsewhere()
	}
	return nil
}

func elsewhere() error {
	return fault.New(fault.SignInRequired, "reason", "the profile names another sign-in service now")
}

// renew makes the request. unkept is keep's error.
func (c *Client) renew(
	ctx context.Context, p profile.Profile, meta metadata, g Grant, keep func(context.Context, secret.Text) error,
) (r response, unkept, err error) {
	t := &tokenTrip{client: c, resources: p.Resource, refused: refreshRefused}
	t.keep = func(found secret.Text) {
		if !found.Equal(g.Refresh) {
			unkept = keep(context.WithoutCancel(ctx), found)
		}
	}
	source := c.oauth2Config(p, meta).TokenSource(t.under(ctx), &oauth2.Token{RefreshToken: g.Refresh.Reveal()})
	if _, err := source.Token(); err != nil {
		return response{}, unkept, fault.Of(err)
	}
	return t.got, unkept, nil
}
