package demo

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/luikyv/go-oidc/pkg/goidc"
	"github.com/luikyv/go-oidc/pkg/provider"
)

// The one client: public, and known by these callback addresses only. Auth0 compares them to the letter, port
// included.
const (
	clientID = "keyfob-demo"
	scopes   = "openid profile email offline_access"
)

var redirectURIs = []string{
	"http://127.0.0.1:17171/callback",
	"http://127.0.0.1:17172/callback",
	"http://127.0.0.1:17173/callback",
}

// refreshLifetime is how long a refresh token lives unused: Auth0's default.
const refreshLifetime = 30 * 24 * time.Hour

func newProvider(o Options, issuer string, key jose.JSONWebKey) (*provider.Provider, error) {
	grants, err := openStore(o)
	if err != nil {
		return nil, err
	}
	keys := goidc.JSONWebKeySet{Keys: []goidc.JSONWebKey{key}}
	s256 := []goidc.CodeChallengeMethod{goidc.CodeChallengeMethodSHA256}
	never := func(context.Context, *goidc.Client, *goidc.Grant) bool { return false } // store.GrantByAuthCode does

	return provider.New(
		provider.Config{
			Issuer:      issuer,
			Manager:     grants,
			JWKS:        func(context.Context) (goidc.JSONWebKeySet, error) { return keys, nil },
			IDTokenAlgs: []goidc.SignatureAlgorithm{goidc.SigAlgRS256},
		},
		provider.WithAuthorizeEndpoint("/authorize"),
		provider.WithTokenEndpoint("/oauth/token"),
		provider.WithUserInfoEndpoint("/userinfo"),
		provider.WithJWKSEndpoint("/.well-known/jwks.json"),
		provider.WithStaticClients(theClient()),
		provider.WithNoneAuthn(),
		provider.WithScopes(goidc.ScopeOpenID, goidc.ScopeProfile, goidc.ScopeEmail, goidc.ScopeOfflineAccess),
		provider.WithAuthCodeGrant(
			provider.AuthCodeGrantConfig{Manager: grants, ResponseTypes: []goidc.ResponseType{goidc.ResponseTypeCode}},
			provider.WithPKCE(s256, provider.WithPKCERequired()),
			provider.WithIssuerResponseParameter(),
			provider.WithAuthPolicies(loginPolicy(issuer)),
		),
		provider.WithRefreshTokenGrant(grants,
			provider.WithRefreshTokenRotation(),
			provider.WithRefreshTokenLifetime(int(refreshLifetime.Seconds())),
			provider.WithRefreshTokenFunc(func(context.Context) string { return newRefreshToken() }),
			provider.WithRefreshTokenShouldIssue(never),
		),
		provider.WithTokenRevocation(func(context.Context, *goidc.Client) bool { return true },
			provider.WithTokenRevocationEndpoint("/oauth/revoke")),
		provider.WithLogout(provider.LogoutConfig{HandleFunc: showSignedOut},
			provider.WithLogoutEndpoint("/oidc/logout"), provider.WithLogoutPolicies(logoutPolicy())),
		provider.WithTokenOptions(func(context.Context, *goidc.Grant, *goidc.Client) goidc.TokenOptions {
			return goidc.NewJWTTokenOptions(goidc.SigAlgRS256, int(o.AccessLifetime.Seconds()))
		}),
		provider.WithTokenClaims(func(_ context.Context, _ *goidc.Token, g *goidc.Grant) map[string]any {
			return map[string]any{goidc.ClaimAudience: []any{g.Store[audienceKey], issuer + "userinfo"}}
		}),
		provider.WithIDTokenClaims(func(_ context.Context, g *goidc.Grant) map[string]any {
			claims := claimsOf(g.Subject, g.Scopes)
			claims[goidc.ClaimAuthTime] = g.CreatedAt
			return claims
		}),
		provider.WithUserInfoClaims(func(_ context.Context, g *goidc.Grant) map[string]any {
			return claimsOf(g.Subject, g.Scopes)
		}),
		provider.WithErrorRenderer(showError),
		provider.WithErrorHandler(logError(o.Log)),
		// There are no client assertions here that could be replayed; without a consumer the library warns on stderr.
		provider.WithJTIConsumer(func(context.Context, string) error { return nil }),
	)
}

func theClient() *goidc.Client {
	return &goidc.Client{ID: clientID, ClientMeta: goidc.ClientMeta{
		Name:             "Keyfob demo",
		RedirectURIs:     redirectURIs,
		GrantTypes:       []goidc.GrantType{goidc.GrantAuthorizationCode, goidc.GrantRefreshToken},
		ResponseTypes:    []goidc.ResponseType{goidc.ResponseTypeCode},
		ScopeIDs:         scopes,
		TokenAuthnMethod: goidc.AuthnMethodNone,
		// Not "native": for those the library lets any loopback port pass.
		ApplicationType: goidc.ApplicationTypeWeb,
	}}
}

// discovery serves the provider's metadata. The library's own would hold a double slash in every address, for it puts
// paths behind an issuer that ends in one.
func discovery(issuer string) http.Handler {
	doc, err := json.Marshal(goidc.Configuration{
		Issuer:                     issuer,
		AuthorizationEndpoint:      issuer + "authorize",
		TokenEndpoint:              issuer + "oauth/token",
		UserInfoEndpoint:           issuer + "userinfo",
		JWKSEndpoint:               issuer + ".well-known/jwks.json",
		TokenRevocationEndpoint:    issuer + "oauth/revoke",
		EndSessionEndpoint:         issuer + "oidc/logout",
		ResponseTypes:              []goidc.ResponseType{goidc.ResponseTypeCode},
		ResponseModes:              []goidc.ResponseMode{goidc.ResponseModeQuery},
		Scopes:                     strings.Fields(scopes),
		SubIdentifierTypes:         []goidc.SubIdentifierType{goidc.SubIdentifierPublic},
		IDTokenSigAlgs:             []goidc.SignatureAlgorithm{goidc.SigAlgRS256},
		CodeChallengeMethods:       []goidc.CodeChallengeMethod{goidc.CodeChallengeMethodSHA256},
		TokenAuthnMethods:          []goidc.AuthnMethod{goidc.AuthnMethodNone},
		IssuerResponseParamEnabled: true,
	})
	if err != nil {
		panic("demo: " + err.Error()) // a constant document
	}
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, doc) })
}

// logError logs what a client was told, and nothing of what it sent.
func logError(log *slog.Logger) goidc.HandleErrorFunc {
	return func(_ context.Context, err error) {
		var e goidc.Error
		if errors.As(err, &e) {
			log.Info("the demo provider refused a request", "error", e.Code, "description", e.Description)
			return
		}
		log.Error("the demo provider failed", "err", err)
	}
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
