package oauthflow

import (
	"strings"

	"keyfob/internal/fault"
)

// refusalReasons is how providers say why a refresh token is refused: Auth0, Entra, Keycloak, Okta, Cognito, Google,
// and what is common to many. The first entry that fits counts. No provider promises these texts, and they may change
// any day. Therefore they choose words for a person, and decide nothing.
var refusalReasons = []struct {
	reason fault.Reason
	texts  []string
}{
	{fault.WhyExpired, []string{"aadsts70043", "aadsts700084"}},
	{fault.WhyIdle, []string{"aadsts700082", "aadsts70008:"}},
	{fault.WhyRevoked, []string{"aadsts50173", "aadsts50133", "aadsts50132"}},
	{fault.WhyMFA, []string{"aadsts50076", "aadsts50079", "aadsts50074", "aadsts50072", "aadsts50078"}},
	{fault.WhyConsent, []string{"aadsts65001", "aadsts50158", "aadsts50125"}},
	{fault.WhyBlocked, []string{"aadsts50057", "aadsts50053", "aadsts53003"}},

	{fault.WhyBlocked, []string{
		"is blocked", "user blocked", "user disabled", "user is disabled", "account disabled", "account is disabled",
		"account is locked", "suspended", "deactivated",
	}},
	{fault.WhyMFA, []string{"mfa_required", "mfa is required", "multi-factor", "multifactor", "invalid_rapt"}},
	{fault.WhyConsent, []string{
		"consent", "interaction_required", "login_required", "account is not fully set up",
	}},
	{fault.WhyEnded, []string{"expired or revoked", "revoked or expired", "invalid or expired", "expired or invalid",
		"invalid, expired", "session not active", "unknown or invalid"}},
	{fault.WhyIdle, []string{"inactivity", "idle"}},
	{fault.WhyRevoked, []string{"revoked", "stale token", "reuse", "password"}},
	{fault.WhyExpired, []string{"expired", "token is not active"}},
	{fault.WhyEnded, []string{
		"session doesn't have required client", "session not found", "invalid refresh token", "invalid refresh_token",
	}},
}

// refusalReason tells why a refresh token is refused from what the provider says; "" where nothing that we know fits.
func (p problem) refusalReason() fault.Reason {
	said := strings.ToLower(p.code + " " + p.description)
	for _, known := range refusalReasons {
		for _, text := range known.texts {
			if strings.Contains(said, text) {
				return known.reason
			}
		}
	}
	return ""
}

// signInAgain asks for a new sign-in, with what the provider says.
func (p problem) signInAgain(said string) error {
	return fault.New(fault.SignInRequired, "said", said).WithReason(p.refusalReason())
}
