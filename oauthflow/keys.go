package oauthflow

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"net/http"
	"slices"
	"strconv"
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
	maxRSA      = 8192 // bits, as in crypto/tls: one signature with a key as large as a document takes minutes to check
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
			r, err := c.fetch(ctx, uri)
			if err != nil {
				return nil, err
			}
			return r.keys(c.wallTime())
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
func (r response) keys(now time.Time) ([]jose.JSONWebKey, error) {
	if err := r.retryLater(problem{}, now); err != nil {
		return nil, err
	}
	switch {
	case r.status != http.StatusOK:
		return nil, r.badKeys(fault.KeysNoDocument, "status", strconv.Itoa(r.status))
	case len(r.body) <= maxBody && !r.json():
		return nil, fault.New(fault.Portal, "host", r.host)
	}
	var set struct {
		Keys keySet `json:"keys"`
	}
	if err := strictjson.Decode(r.body, maxBody, &set); err != nil {
		return nil, r.badKeys(fault.KeysUnreadable).WithFindings(strictjson.Finding(err))
	}
	if len(set.Keys.usable) == 0 {
		return nil, r.badKeys(fault.KeysNoneUsable)
	}
	return set.Keys.usable, nil
}

func (r response) badKeys(why fault.Reason, args ...string) *fault.Error {
	return fault.New(fault.KeysInvalid, append(args, "host", r.host)...).WithReason(why)
}

// keySet is the "keys" of a set, read one after the other: a list of a megabyte of bad ones takes no more memory than
// the good ones in it.
type keySet struct{ usable []jose.JSONWebKey }

// UnmarshalJSON reads the list where it lies.
func (s *keySet) UnmarshalJSON(list []byte) error {
	d := jsontext.NewDecoder(bytes.NewBuffer(list))
	if start, err := d.ReadToken(); err != nil || start.Kind() != '[' {
		return &strictjson.Error{Reason: fault.JSONKind, Args: map[string]string{"want": "list"}}
	}
	for d.PeekKind() != ']' {
		before := d.InputOffset()
		public, err := isPublicKey(d)
		if err != nil {
			return err
		}
		if !public || len(s.usable) == maxKeys {
			continue
		}
		raw := list[before:d.InputOffset()] // with the comma before it
		if k, ok := verificationKey(raw[bytes.IndexByte(raw, '{'):]); ok {
			s.usable = append(s.usable, k)
		}
	}
	return nil
}

// isPublicKey consumes a value, and tells a key of an asymmetric kind without the number that makes it private, before
// its other numbers are looked at: go-jose proves a private key, which takes as long as its sender likes.
func isPublicKey(d *jsontext.Decoder) (bool, error) {
	if d.PeekKind() != '{' {
		return false, d.SkipValue()
	}
	if _, err := d.ReadToken(); err != nil {
		return false, err
	}
	asymmetric, private := false, false
	for d.PeekKind() != '}' {
		name, value, err := member(d)
		if err != nil {
			return false, err
		}
		switch name {
		case "kty":
			kind, _ := jsontext.AppendUnquote(nil, value) // nothing of what is no text
			asymmetric = slices.Contains([]string{"RSA", "EC", "OKP"}, string(kind))
		case "d":
			private = true
		}
	}
	_, err := d.ReadToken()
	return asymmetric && !private, err
}

// member consumes one of an object.
func member(d *jsontext.Decoder) (string, jsontext.Value, error) {
	token, err := d.ReadToken()
	if err != nil {
		return "", nil, err
	}
	name := token.String() // before the token is gone
	value, err := d.ReadValue()
	return name, value, err
}

// init raises what go-jose takes to what is checked here.
func init() { jose.MaxRSAModulusBits = maxRSA }

// verificationKey reads a key that may check a signature: public, for signing, neither weak nor huge.
func verificationKey(raw []byte) (k jose.JSONWebKey, ok bool) {
	if k.UnmarshalJSON(raw) != nil {
		return k, false
	}
	if rsaKey, is := k.Key.(*rsa.PublicKey); is && (rsaKey.N.BitLen() < minRSA || rsaKey.N.BitLen() > maxRSA) {
		return k, false
	}
	return k, k.Valid() && k.IsPublic() && (k.Use == "" || k.Use == "sig")
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
// §4.1.4), the algorithm, which is optional in the key (RFC 7517 §4.4), and the curve. Without a key id every key is
// tried.
func mayHaveSigned(k jose.JSONWebKey, h jose.Header) bool {
	return (h.KeyID == "" || h.KeyID == k.KeyID) && (k.Algorithm == "" || k.Algorithm == h.Algorithm) &&
		curveFits(k, h.Algorithm)
}

// curveFits obeys RFC 7518 §3.4, which gives each algorithm of its kind one curve. go-jose takes any.
func curveFits(k jose.JSONWebKey, algorithm string) bool {
	key, ok := k.Key.(*ecdsa.PublicKey)
	return !ok || algorithm == map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[key.Params().Name]
}
