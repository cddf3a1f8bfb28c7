package apicall

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/jwt"
)

// bearerScheme is written as in RFC 6750 §2.1, which some servers insist on.
const bearerScheme = "Bearer"

// bearer is a credential that is its token (RFC 6750). It does not change, so many requests may use it at a time.
type bearer struct {
	source *tokenCredentials
	access account.Access
	header []string // the value of Authorization
	needle []byte   // the token, to be found in a response
}

func newBearer(source *tokenCredentials, access account.Access) (*bearer, error) {
	header, err := BearerHeader(access)
	if err != nil {
		return nil, err
	}
	return &bearer{source: source, access: access, header: []string{header}, needle: []byte(access.Token.Reveal())}, nil
}

// BearerHeader is the value of Authorization (RFC 6750 §2.1) that carries a token. A token of another type is refused:
// RFC 6749 §7.1, "The client MUST NOT use an access token if it does not understand the token type."
func BearerHeader(access account.Access) (string, error) {
	if kind := cmp.Or(access.Type, bearerScheme); !strings.EqualFold(kind, bearerScheme) {
		return "", fault.New(fault.TokenResponse).WithReason(fault.APITokenType)
	}
	return bearerScheme + " " + access.Token.Reveal(), nil
}

// Authorize sets the header of RFC 6750 §2.1.
func (b *bearer) Authorize(req *http.Request) error {
	req.Header["Authorization"] = b.header
	return nil
}

// Redact blanks out the token.
func (b *bearer) Redact(res *http.Response) { redact(res, b.needle) }

// expiredMessage is what AWS's gateway says of an old token, without a challenge; so do the APIs behind it.
const expiredMessage = "The incoming token has expired"

// Stale tells whether a refusal is about a token that is no longer good: by RFC 6750 §3.1; where nothing is said by its
// rules, by the one message that means it, or because the token's time is over. The token's claims are not asked.
func (b *bearer) Stale(why Refusal, now time.Time) bool {
	if why.Code != "" {
		return why.Code == "invalid_token"
	}
	return strings.EqualFold(strings.TrimSuffix(why.Said, "."), expiredMessage) ||
		!b.access.Expiry.IsZero() && !now.Before(b.access.Expiry)
}

// Renew asks for another token.
func (b *bearer) Renew(ctx context.Context) (Credential, error) {
	return b.source.renewed(ctx, b.access)
}

// Equal compares the tokens.
func (b *bearer) Equal(other Credential) bool {
	o, ok := other.(*bearer)
	return ok && o.access.Token.Equal(b.access.Token)
}

// Look looks into the token.
func (b *bearer) Look() jwt.Look { return jwt.LookAt(b.access.Token) }
