package apis

import (
	"net/http"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

// TestTheTemplatesFit: what the templates know of a provider gets a token there, and the test call that they name
// answers when it is good.
func TestTheTemplatesFit(t *testing.T) {
	issuer, _ := provider(t)
	rhythm := NewRhythm(t, Options{Issuer: issuer})
	conundra, harmonics := NewConundra(t, Options{}), NewHarmonics(t, Options{})
	client := oauthflow.New(oauthflow.Options{})
	defer client.CloseIdle()
	for id, values := range map[string]map[string]string{
		"rhythm-machine": {"domain": issuer, "api.base_urls": rhythm.URL, "tenant": "acme"},
		"conundra":       {"token_endpoint": conundra.TokenURL, "api.base_urls": conundra.URL + "/planning/v1"},
		"res-harmonics": {"token_endpoint": harmonics.TokenURL, "api.base_urls": harmonics.URL + "/v3",
			"api.test_url": harmonics.URL + "/v3/properties"},
	} {
		values["client_id"] = ClientID
		template, _ := profile.TemplateOf(id)
		p, err := template.Fill(values)
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		tokens, err := client.ClientToken(t.Context(), p, secret.New(ClientSecret))
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		a := do(t, http.MethodGet, p.API.TestURL, "", "Authorization", "Bearer "+tokens.Access.Reveal())
		if a.status != http.StatusOK {
			t.Errorf("%s: %s answers %d %s", id, p.API.TestURL, a.status, a.text)
		}
		_, err = client.ClientToken(t.Context(), p, secret.New("wrong"))
		if fault.CodeOf(err) != fault.SecretRefused {
			t.Errorf("%s: a wrong secret: %v", id, err)
		}
	}
}
