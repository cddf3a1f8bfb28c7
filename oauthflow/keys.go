package oauthflow

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/strictjson"
)

const (
	// refetchKeys is how often an ID token with a key that we do not know may make us look for new keys.
	refetchKeys = 30 * time.Second
	maxKeys     = 100  // that are kept of one provider
	minRSA      = 2048 // bits (RFC 7518 §3.3)
)

// algorithms that may sign an ID token: asymmetric ones only. OpenID Connect Core §3.1.3.7 leaves HS256 to clients that
// share a secret with the provider; we have none, and "none" proves nothing.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512,
	jose.EdDSA,
}

// signingKeys returns the keys at jwks_uri, as they are known or will be.
func (c *Client) signingKeys(uri string) *cached[[]jose.JSONWebKey] {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.keys[uri]
	if known == nil {
		known = newCached(display.Host(uri), c.now, func(ctx context.Context) ([]jose.JSONWebKey, error) {
			a, err := c.fetch(ctx, uri)
			if err != nil {
				return nil, err
			}
			return a.keys(c.moment())
		})
		c.keys[uri] = known
	}
	return known
}

// keysFor returns keys one of which has signed the token. Where none has, the provider may have changed its keys: then
// the set is fetched again, but not more often than refetchKeys.
func (c *Client) keysFor(ctx context.Context, uri, compact string) (keyring, error) {
	known := c.signingKeys(uri)
	keys, err := known.get(ctx, usable)
	if err != nil {
		return nil, err
	}
	if _, err := keyring(keys).VerifySignature(ctx, compact); err == nil {
		return keys, nil
	}
	return known.again(ctx, refetchKeys)
}

// keys reads a JWK set (RFC 7517 §5). A key of a kind that we cannot or must not use is left out, not an error.
func (a answer) keys(now time.Time) ([]jose.JSONWebKey, error) {
	if err := a.notNow(problem{}, now); err != nil {
		return nil, err
	}
	switch {
	case a.status != http.StatusOK:
		return nil, a.badKeys(fmt.Errorf("it answers %d where they should be", a.status))
	case len(a.body) <= maxBody && !a.json():
		return nil, fault.New(fault.Portal, "host", a.host)
	}
	var set struct {
		Keys []jsontext.Value `json:"keys"`
	}
	if err := strictjson.Decode(a.body, maxBody, &set); err != nil {
		return nil, a.badKeys(err)
	}
	keys := verificationKeys(set.Keys)
	if len(keys) == 0 {
		return nil, a.badKeys(errors.New("none of them can check a signature"))
	}
	return keys, nil
}

func (a answer) badKeys(why error) error {
	return fault.New(fault.KeysInvalid, "host", a.host, "reason", why.Error())
}

func verificationKeys(set []jsontext.Value) []jose.JSONWebKey {
	var keys []jose.JSONWebKey
	for _, raw := range set {
		var k jose.JSONWebKey
		if k.UnmarshalJSON(raw) == nil && verifies(k) {
			keys = append(keys, k)
		}
		if len(keys) == maxKeys {
			break
		}
	}
	return keys
}

// verifies tells a key that may check a signature: public, for signing, not weak. A symmetric key is not public.
func verifies(k jose.JSONWebKey) bool {
	if rsaKey, ok := k.Key.(*rsa.PublicKey); ok && rsaKey.N.BitLen() < minRSA {
		return false
	}
	return k.Valid() && k.IsPublic() && (k.Use == "" || k.Use == "sig")
}

// keyring checks signatures with keys that are at hand. It is the oidc.KeySet of one ID token, and makes no request.
type keyring []jose.JSONWebKey

// VerifySignature returns the payload of a JWS that one of the keys has signed.
func (keys keyring) VerifySignature(_ context.Context, compact string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(compact, algorithms)
	if err != nil {
		return nil, errors.New("it is not a signed token")
	}
	header := jws.Signatures[0].Header
	for _, k := range keys {
		if !mayHaveSigned(k, header) {
			continue
		}
		if payload, err := jws.Verify(k.Key); err == nil {
			return payload, nil
		}
	}
	return nil, errors.New("none of the provider's keys has signed it")
}

// mayHaveSigned compares what key and header say of each other: the key id, which is optional in the header (RFC 7515
// §4.1.4), and the algorithm, which is optional in the key (RFC 7517 §4.4). Without a key id every key is tried.
func mayHaveSigned(k jose.JSONWebKey, h jose.Header) bool {
	return (h.KeyID == "" || h.KeyID == k.KeyID) && (k.Algorithm == "" || k.Algorithm == h.Algorithm)
}
