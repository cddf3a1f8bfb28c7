package apicall

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/jwt"
)

// Credential is what an account shows an API, so that the API serves its requests. Whoever has one sees no token.
// A kind of credential is a file in this package: bearer.go is one.
type Credential interface {
	// Authorize puts on a request what this one needs. The request is as it will be sent, method and URL too, and each
	// one that is sent is authorized by itself: a proof for one request fits in here (RFC 9449 §4.2).
	Authorize(req *http.Request) error
	// Redact takes out of a response what Authorize has put on its request.
	Redact(res *http.Response)
	// Stale hears how an API refused a request, and tells whether another credential could help.
	Stale(why Refusal, now time.Time) bool
	// Renew gives the credential to use after an API has found this one stale: a newer one that is there already, or one
	// that is asked for now. It equals this one where no other can be had.
	Renew(ctx context.Context) (Credential, error)
	// Equal tells whether other is the same credential.
	Equal(other Credential) bool
	// Look is what people can be told of it.
	Look() jwt.Look
}

// Credentials are those of one account.
type Credentials interface {
	// Credential is one that is good for at least minValid. The errors are those of session.Keeper.
	Credential(ctx context.Context, minValid time.Duration) (Credential, error)
}

// Tokens is where an account's access tokens come from: the agent. The errors are those of session.Keeper.
type Tokens interface {
	// Token is a token that is valid for at least minValid.
	Token(ctx context.Context, minValid time.Duration) (account.Access, error)
	// Instead is a token in place of one that an API refused as no longer good: a newer one that is there already, or
	// one that is asked for now. Where no other can be had it is the same.
	Instead(ctx context.Context, refused account.Access) (account.Access, error)
}

// CredentialsOf makes credentials of tokens, each of the kind that its token's type wants.
func CredentialsOf(tokens Tokens) Credentials { return &tokenCredentials{tokens: tokens} }

// tokenCredentials makes a credential once for all requests that use the same token.
type tokenCredentials struct {
	tokens Tokens
	last   atomic.Pointer[bearer]
}

func (c *tokenCredentials) Credential(ctx context.Context, minValid time.Duration) (Credential, error) {
	access, err := c.tokens.Token(ctx, minValid)
	return c.credential(access, err)
}

// renewed is the credential in place of one whose token was refused.
func (c *tokenCredentials) renewed(ctx context.Context, refused account.Access) (Credential, error) {
	access, err := c.tokens.Instead(ctx, refused)
	return c.credential(access, err)
}

// credential makes one of the kind that the token's type wants.
func (c *tokenCredentials) credential(access account.Access, err error) (Credential, error) {
	if err != nil {
		return nil, err
	}
	if b := c.last.Load(); b != nil && b.access.Token.Equal(access.Token) && b.access.Expiry.Equal(access.Expiry) {
		return b, nil
	}
	b, err := newBearer(c, access)
	if err != nil {
		return nil, err
	}
	c.last.Store(b)
	return b, nil
}
