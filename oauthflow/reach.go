package oauthflow

import (
	"context"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// Unreachable says why no whole answer came from host, for others that send requests through NewTransport:
// fault.TLSFailure or fault.Offline. The transport's own texts may quote what came instead of an answer; none of that
// is passed on.
func Unreachable(host string, err error) *fault.Error { return unreachable(host, err) }

// Reach asks for the first page of the server at which p names its token endpoint, as all requests go out but without
// credentials, so that it costs no token. Any answer shows that the way is open: whether there was one, the Transport
// in Options knows, and an error says why there was none, or what Keyfob does not take of it.
func (c *Client) Reach(ctx context.Context, p profile.Profile) error {
	u, err := checkURL("token_endpoint", p.TokenEndpoint)
	if err == nil {
		_, err = c.fetch(paced(ctx, p), u.Scheme+"://"+u.Host+"/")
	}
	return err
}
