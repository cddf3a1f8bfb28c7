package apis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// RhythmAudience is what a token for Rhythm's APIs has to be for.
const RhythmAudience = "https://api.rhythmsoftware.com"

// Claims that Rhythm reads. A token that names no tenant is taken to be of the one in the path, since the providers of
// our tests know of none.
const (
	TenantClaim  = "http://rhythmsoftware.com/tenant_id"
	ContactClaim = "http://rhythmsoftware.com/contact_id"
)

// NewRhythm starts a server with some of Rolodex, one of Rhythm's APIs:
//
//	GET  /regionConfigurations/{tenant}   a good token is enough
//	GET  /contacts/current                needs contact_id
//	POST /contacts/{tenant}               makes a contact: answers 201 with what was sent
func NewRhythm(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Audience == "" {
		o.Audience = RhythmAudience
	}
	if o.Tenant == "" {
		o.Tenant = "acme"
	}
	s := newServer(o)
	tokens := &verifier{issuer: o.Issuer, audience: o.Audience, now: s.now}
	return s.start(t, func(w http.ResponseWriter, r *http.Request) {
		claims, err := tokens.verify(r.Context(), bearer(r))
		_, tenant, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		current := r.URL.Path == "/contacts/current"
		switch {
		case err != nil, current && claims[ContactClaim] == nil:
			say(w, http.StatusUnauthorized, "Unauthorized")
		case !current && tenant != o.Tenant, claims[TenantClaim] != nil && claims[TenantClaim] != o.Tenant:
			say(w, http.StatusForbidden, "Forbidden")
		case current:
			reply(w, http.StatusOK, map[string]any{"id": claims[ContactClaim]})
		case strings.HasPrefix(r.URL.Path, "/regionConfigurations/") && r.Method == http.MethodGet:
			north := map[string]string{"id": "north", "name": "North"}
			reply(w, http.StatusOK, map[string]any{"Count": 1, "Items": []any{north}})
		case strings.HasPrefix(r.URL.Path, "/contacts/") && r.Method == http.MethodPost:
			makeContact(w, r)
		default:
			say(w, http.StatusNotFound, "Not Found")
		}
	})
}

func makeContact(w http.ResponseWriter, r *http.Request) {
	var contact map[string]any
	if err := json.NewDecoder(r.Body).Decode(&contact); err != nil {
		say(w, http.StatusBadRequest, "Bad Request")
		return
	}
	reply(w, http.StatusCreated, contact)
}

// verifier checks tokens against the keys that their provider publishes, as an API does that never talks to it
// otherwise.
type verifier struct {
	issuer, audience string
	now              func() time.Time
}

// verify returns the claims of a good token (RFC 7519, RFC 9068 §4).
func (v *verifier) verify(ctx context.Context, compact string) (map[string]any, error) {
	token, err := jwt.ParseSigned(compact, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	keys, err := v.keys(ctx)
	if err != nil {
		return nil, err
	}
	var standard jwt.Claims
	var all map[string]any
	known := slices.ContainsFunc(keys.Key(token.Headers[0].KeyID), func(key jose.JSONWebKey) bool {
		return token.Claims(key.Key, &standard, &all) == nil
	})
	if !known {
		return nil, errors.New("nobody we know has signed it")
	}
	want := jwt.Expected{Issuer: v.issuer, AnyAudience: jwt.Audience{v.audience}, Time: v.now()}
	if standard.Expiry == nil {
		return nil, errors.New("it never expires")
	}
	return all, standard.ValidateWithLeeway(want, 0)
}

// keys asks each time: tests are in a hurry, and a key that has just been changed counts at once.
func (v *verifier) keys(ctx context.Context) (keys jose.JSONWebKeySet, err error) {
	var metadata struct {
		KeysURI string `json:"jwks_uri"`
	}
	if err := get(ctx, strings.TrimSuffix(v.issuer, "/")+"/.well-known/openid-configuration", &metadata); err != nil {
		return keys, err
	}
	return keys, get(ctx, metadata.KeysURI, &keys)
}

func get(ctx context.Context, url string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	req.Close = true // no connection stays open that a test would have to close
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(into)
}
