package localapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"
	"unicode/utf8"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// secretBytes is the most of a body with a client's secret: 4,096 bytes, of which JSON may write each as six.
const secretBytes = 25 << 10

// secretRequest gives a machine its client's secret. No answer ever holds one.
type secretRequest struct {
	Secret secret.Text `json:"secret"`
	// Untried has it believed; else one token is asked for with it before it replaces the old one.
	Untried bool `json:"untried"`
}

func (s *Server) setSecret(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := profileID(r)
	if err != nil {
		return err
	}
	var asked secretRequest
	if err := decodeLong(r, secretBytes, &asked); err != nil {
		return err
	}
	s.note(r, "secret", id)
	if err := s.Keeper.SetSecret(ctx, id, asked.Secret, asked.Untried); err != nil {
		return err
	}
	return done(w)
}

func (s *Server) forgetSecret(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := profileID(r)
	if err != nil {
		return err
	}
	s.note(r, "forget secret", id)
	if err := s.Keeper.ForgetSecret(ctx, id); err != nil {
		return err
	}
	return done(w)
}

// SetSecret gives the machine of profile id its client's secret. It is tried first, unless untried says that it is to
// be believed; one that is refused, or cannot be tried, does not replace the old one. The errors are those of
// session.Keeper.SetSecret.
func (c *Client) SetSecret(ctx context.Context, id string, s secret.Text, untried bool) error {
	if !utf8.ValidString(s.Reveal()) { // JSON would carry another
		return fault.New(fault.BadUsage, "reason", "the secret is not text in UTF-8")
	}
	body, err := encode(map[string]any{"secret": s.Reveal(), "untried": untried})
	if err != nil {
		return fault.New(fault.Internal) // the text of err may quote the secret
	}
	_, err = c.ask(ctx, "POST", profilePath(id)+"/secret", body)
	return err
}

// ForgetSecret forgets the secret of profile id, and the token that it gave.
func (c *Client) ForgetSecret(ctx context.Context, id string) error {
	_, err := c.ask(ctx, "DELETE", profilePath(id)+"/secret", nil)
	return err
}

// TokenInsteadOf is Token for a caller whose API has refused a token: one that is in hand still is renewed. An answer
// with the same token means that there is no other now; to ask once more soon will not change that.
func (c *Client) TokenInsteadOf(
	ctx context.Context, id string, refused secret.Text, minValid time.Duration,
) (account.Access, error) {
	hash := sha256.Sum256([]byte(refused.Reveal()))
	body, err := encode(tokenRequest{MinTTL: seconds(minValid), Refused: hex.EncodeToString(hash[:])})
	if err != nil {
		return account.Access{}, err
	}
	handed, err := ask[handOut](ctx, c, "POST", profilePath(id)+"/token", body)
	return handed.access(), err
}

// give asks the Keeper for a token as a caller wants it; what is asked was checked.
func (s *Server) give(ctx context.Context, id string, asked tokenRequest) (account.Access, error) {
	minValid := time.Duration(asked.MinTTL) * time.Second
	if asked.Refused == "" {
		return s.Keeper.Token(ctx, id, minValid)
	}
	refused, _ := asked.instead()
	return s.Keeper.TokenInsteadOf(ctx, id, refused, minValid)
}

// instead is the SHA-256 of the token that another is wanted for, and whether it is one; none is fine.
func (t tokenRequest) instead() (hash [sha256.Size]byte, ok bool) {
	if t.Refused == "" {
		return hash, true
	}
	n, err := hex.Decode(hash[:], []byte(t.Refused[:min(len(t.Refused), 2*len(hash))]))
	return hash, err == nil && n == len(hash) && len(t.Refused) == 2*n
}
