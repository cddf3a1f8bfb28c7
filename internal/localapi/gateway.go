package localapi

import (
	"context"
	"net/http"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// Gateways opens and closes gateways in this agent.
type Gateways interface {
	Open(ctx context.Context, id string) (account.GatewayDoor, error)
	Close(id string)
}

// gatewayAnswer holds a key, which is as good as tokens of that account for its API, and is told to nobody else.
type gatewayAnswer struct {
	URL       string                   `json:"url"`
	Key       secret.Text              `json:"key"`
	Addresses []account.GatewayAddress `json:"addresses"`
}

// openGateway is for everybody who may have a token without being asked about: whoever holds its key is not.
func (s *Server) openGateway(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := s.knownProfile(r)
	if err != nil {
		return err
	}
	if err := s.mayDecide(ctx, id); err != nil {
		return err
	}
	s.note(r, "open gateway", id)
	door, err := s.Gateways.Open(ctx, id)
	if err != nil {
		return err
	}
	if err := s.mayDecide(ctx, id); err != nil { // it was switched on meanwhile
		s.Gateways.Close(id)
		return err
	}
	body, err := encode(map[string]any{"url": door.URL, "key": door.Key.Reveal(), "addresses": door.Addresses})
	if err != nil {
		return fault.New(fault.Internal) // the text of err may quote the key
	}
	return write(w, body)
}

func (s *Server) closeGateway(_ context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := s.knownProfile(r)
	if err != nil {
		return err
	}
	s.note(r, "close gateway", id)
	s.Gateways.Close(id)
	return done(w)
}

// OpenGateway puts the API of profile id on a URL of this computer, until CloseGateway or the agent's end. The key
// is told this once.
func (c *Client) OpenGateway(ctx context.Context, id string) (account.GatewayDoor, error) {
	a, err := ask[gatewayAnswer](ctx, c, "POST", profilePath(id)+"/gateway", nil)
	return account.GatewayDoor{URL: a.URL, Key: a.Key, Addresses: a.Addresses}, err
}

// CloseGateway closes it. To close one that is not open is no error.
func (c *Client) CloseGateway(ctx context.Context, id string) error {
	_, err := c.ask(ctx, "DELETE", profilePath(id)+"/gateway", nil)
	return err
}
