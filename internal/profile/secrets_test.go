package profile

import (
	"errors"
	"strings"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// The tokens here are made up.
const (
	jwt          = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl"
	jwe          = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXY.Y2lwaGVy.dGFn"
	auth0Refresh = "v1.MjK8fP3xQ7wZ1bN5vR9tY2uL4hG6jD0sA"
	randomSecret = "N4qXz7Lw2TgVb8KcYm1RfJp5HsDe9UaW3oQiBxGtZvM"
	secret64     = "N4qXz7Lw2TgVb8KcYm1RfJp5HsDe9UaW3oQiBxGtZvMN4qXz7Lw2TgVb8KcYm1Rf"
)

// pem is split, so that no scanner takes this file for a key.
var pem = "-----BEGIN " + "RSA PRIVATE KEY-----"

func TestA45FilesWithSecretsAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ more, field string }{
		"client_secret":           {`"client_secret": "canary"`, "client_secret"},
		"client_secret, empty":    {`"client_secret": ""`, "client_secret"},
		"client_secret, null":     {`"client_secret": null`, "client_secret"},
		"camel case":              {`"clientSecret": "canary"`, "clientSecret"},
		"nested":                  {`"api": {"api-key": "canary"}`, "api.api-key"},
		"in an unknown member":    {`"extra": [{"Password": "canary"}]`, "extra[0].Password"},
		"a refresh token by name": {`"refresh_token": "canary"`, "refresh_token"},
		"private key by name":     {`"private_key": {}`, "private_key"},
		"beside a huge number":    {`"extra": {"n": 1e999, "token": "canary"}`, "extra.token"},
		"PEM":                     {`"contacts": ["` + pem + `\ncanary"]`, "contacts[0]"},
		"private JWK":             {`"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "d": "canary"}]}`, "jwks.keys[0].d"},
		"symmetric JWK":           {`"jwk": {"kty": "oct", "k": "canary"}`, "jwk.k"},
		"JWT as a parameter": {`"authorization_params": {"login_hint": "` + jwt + `"}`,
			"authorization_params.login_hint"},
		"JWT within text":        {`"client_name": "Bearer ` + jwt + `"`, "client_name"},
		"JWE with an empty key":  {`"audience": "` + jwe + `"`, "audience"},
		"refresh token of Auth0": {`"scope": "` + auth0Refresh + `"`, "scope"},
		"JWT as the client id":   {`"client_uri": "` + jwt + `"`, "client_uri"},
		"random text":            {`"audience": "` + randomSecret + `"`, "audience"},
		"random text in a URL": {`"api": {"base_urls": ["https://a.example/?key=` + randomSecret + `"]}`,
			"api.base_urls[0]"},
		"long hexadecimal":          {`"audience": "` + strings.Repeat("0f343b0931126a20", 4) + `"`, "audience"},
		"a member named by a token": {`"extra": {"` + jwt + `": 1}`, "a field whose name looks like a token"},
		"secret for the client id":  {`"provider": "auth0", "client_id": "` + secret64 + `"`, "client_id"},
	} {
		file := minimal(c.more)
		if strings.Contains(c.more, "client_id") {
			file = strings.Replace(file, `"client_id": "abc", `, "", 1)
		}
		p, err := Parse([]byte(file))
		if !onlyAbout(err, c.field) {
			t.Errorf("%s: %v\nwant one problem with %s", name, err, c.field)
			continue
		}
		f := fault.Of(err)
		if f.Code != fault.ProfileSecret || !strings.Contains(words.Of(f).What, "(in "+c.field+")") || p.ID != "" {
			t.Errorf("%s: fault %+v, profile %+v", name, f, p)
		}
		for _, value := range []string{"canary", jwt, jwe, auth0Refresh, randomSecret, secret64, "0f343b0931126a20", pem} {
			if strings.Contains(told(err)+f.Error()+words.Of(f).Next, value) {
				t.Errorf("%s: the error repeats the secret: %v", name, err)
			}
		}
	}
}

func TestA45SecretsComeFirst(t *testing.T) {
	_, err := Parse([]byte(`{"client_secret": "canary", "id": "NOT GOOD", "isuer": 1}`))
	if !onlyAbout(err, "client_secret") {
		t.Error(err)
	}
}

func TestA45APrivateKeyFileIsNamedAsSuch(t *testing.T) {
	_, err := Parse([]byte(pem + "\ncanary\n-----END"))
	if fault.CodeOf(err) != fault.ProfileSecret || strings.Contains(told(err), "canary") {
		t.Error(err)
	}
}

func TestNoReasonRepeatsAValue(t *testing.T) {
	const canary = "canary.example/Zq9" // not a token by its looks
	for _, field := range []string{
		"id", "client_uri", "logo_uri", "issuer", "token_endpoint", "token_endpoint_auth_method", "provider", "api",
		"monthly_token_limit", "keyfob_profile",
	} {
		if err := with(t, field, `"`+canary+`"`); err == nil || strings.Contains(told(err), canary) {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, list := range []string{"redirect_uris", "grant_types", "resource"} {
		if err := with(t, list, `["`+canary+`"]`); err == nil || strings.Contains(told(err), canary) {
			t.Errorf("%s: %v", list, err)
		}
	}
}

func TestOtherCredentialsAreKnownByTheirShape(t *testing.T) {
	for _, s := range []string{
		jwt, jwe, auth0Refresh, "token=" + auth0Refresh, randomSecret, secret64, pem,
		"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "glpat-9Zq2xW7vB4nM1kL8jH5g", "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",
		"xoxb-123456789012-abcdefABCDEF", "ya29.a0AfB_byC1d2E3f4G5h6I7j8K9l0",
		"abC8Q~" + "dEfGhIjKlMnOpQrStUvWxYz01234567",
	} {
		if !LooksLikeToken(s) {
			t.Errorf("%q passes", s)
		}
	}
}

func TestOrdinaryTextsDoNotLookLikeTokens(t *testing.T) {
	for _, s := range []string{
		"", "Acme", "acme.eu.auth0.com", "https://acme.eu.auth0.com/", "kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS",
		"tpc_7dQd8eKxWm3ZrT5vB1nJ9a", "org_aBcD1234efGh5678", "9188040d-6c67-4c5b-b112-36a304b66dad",
		"https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
		"https://auth.conundra.eu/auth/realms/prod/protocol/openid-connect/token",
		"https://rolodex.api.rhythmsoftware.com/regionConfigurations/8a3f6c1e-8a3f-4c1e-9b3f-6c1e8a3f6c1e",
		"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123", "urn:ietf:params:oauth:grant-type:device_code",
		"https://graph.microsoft.com/DelegatedPermissionGrant.ReadWrite.All",
		"DeviceManagementManagedDevicesPrivilegedOperationsAll2", "https://api.acme.example/v1.2/orders",
		"api://9188040d-6c67-4c5b-b112-36a304b66dad/access_as_user",
		"https://www.googleapis.com/auth/cloud-platform.read-only",
		"Vereinigung der Freundinnen und Freunde des " +
			"Rindfleischetikettierungsueberwachungsaufgabenuebertragungsgesetzes 1999",
	} {
		if LooksLikeToken(s) {
			t.Errorf("%q is taken for a token", s)
		}
	}
}

func TestFaultIsFoundThroughWrapping(t *testing.T) {
	_, err := Parse([]byte(minimal(`"client_secret": 1`)))
	if !errors.Is(errors.Join(errors.New("x"), err), fault.New(fault.ProfileSecret)) {
		t.Error("errors.Is does not find the fault")
	}
}
