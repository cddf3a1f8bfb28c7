package localapi

import (
	"context"
	"net/http"

	"keyfob/internal/account"
	"keyfob/internal/localapi/wire"
)

// Gateways opens and closes gateways in this agent.
type Gateways interface {
	Open(ctx context.Context, id string) (account.OpenGateway, error)
	Close(id string)
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
	opened, err := s.Gateways.Open(ctx, id)
	if err != nil {
		return err
	}
	if err := s.mayDecide(ctx, id); err != nil { // it was switched on meanwhile
		s.Gateways.Close(id)
		return err
	}
	body, err := wire.Gateway{URL: opened.URL, Key: opened.Key, Addresses: opened.Addresses}.Encode()
	if err != nil {
		return err
	}
	write(w, http.StatusOK, body)
	return nil
}

func (s *Server) closeGateway(ctx context.Context, id string) (nothing, error) {
	if err := s.known(ctx, id); err != nil {
		return nothing{}, err
	}
	s.Gateways.Close(id)
	return nothing{}, nil
}
