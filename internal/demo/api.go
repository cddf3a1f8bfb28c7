package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// api is the API that the demo's access tokens are for. It knows the provider by its issuer and public key only, as an
// API elsewhere would: a revoked session's last token works until it expires.
type api struct {
	issuer string
	key    jose.JSONWebKey
}

// ServeHTTP answers with the caller's claims, or with the challenge of RFC 6750, section 3.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		challenge(w, `Bearer realm="Keyfob demo"`, "no access token was sent")
		return
	}
	claims, err := a.verify(token)
	if err != nil {
		why := "the access token is not for this API"
		if errors.Is(err, jwt.ErrExpired) {
			why = "the access token has expired"
		}
		challenge(w, fmt.Sprintf(`Bearer realm="Keyfob demo", error="invalid_token", error_description=%q`, why), why)
		return
	}
	body, _ := json.Marshal(claims)
	writeJSON(w, http.StatusOK, body)
}

// verify returns the claims of a token that this provider signed, for this API, and that is still good.
func (a *api) verify(token string) (map[string]any, error) {
	signed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	var standard jwt.Claims
	var granted struct {
		Scope string `json:"scope"`
	}
	all := map[string]any{}
	if err := signed.Claims(a.key, &standard, &granted, &all); err != nil {
		return nil, err
	}
	want := jwt.Expected{Issuer: a.issuer, AnyAudience: jwt.Audience{audience(a.issuer)}, Time: time.Now()}
	if err := standard.ValidateWithLeeway(want, 0); err != nil {
		return nil, err
	}
	maps.Copy(all, claimsOf(standard.Subject, granted.Scope))
	return all, nil
}

// audience names the API, in requests and in tokens.
func audience(issuer string) string { return issuer + "api/" }

func challenge(w http.ResponseWriter, header, why string) {
	w.Header().Set("WWW-Authenticate", header)
	body, _ := json.Marshal(map[string]string{"message": why})
	writeJSON(w, http.StatusUnauthorized, body)
}
