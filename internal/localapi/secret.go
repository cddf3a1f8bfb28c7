package localapi

import (
	"context"
	"net/http"

	"keyfob/internal/localapi/wire"
)

func (s *Server) setSecret(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := profileID(r)
	if err != nil {
		return err
	}
	var asked wire.SecretRequest
	if err := decode(r, &asked); err != nil {
		return err
	}
	s.note(r, "secret", id)
	if err := s.Keeper.SetSecret(ctx, id, asked.Secret, asked.Untried); err != nil {
		return err
	}
	return respond(w, nothing{})
}

func (s *Server) forgetSecret(ctx context.Context, id string) (nothing, error) {
	return nothing{}, s.Keeper.ForgetSecret(ctx, id)
}
