package oauthflow

import (
	"context"

	"keyfob/internal/profile"
)

// Reach asks for the first page of the server at which p names its token endpoint: as all requests are sent, but
// without credentials, so that it costs no token. Any response shows that the server can be reached. Whether there was
// one, the Transport in Options knows; an error says why there was none, or what Keyfob does not accept of it.
func (c *Client) Reach(ctx context.Context, p profile.Profile) error {
	u, err := checkURL("token_endpoint", p.TokenEndpoint)
	if err == nil {
		_, err = c.fetch(limited(ctx, p), u.Scheme+"://"+u.Host+"/")
	}
	return err
}
