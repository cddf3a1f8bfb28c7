package oauthflow

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"keyfob/internal/fault"
)

// F8: why somebody has to sign in again, in the words of the providers that we know.
func TestF08WhyASignInIsNeeded(t *testing.T) {
	for said, want := range map[string]fault.Reason{
		"Unknown or invalid refresh token.":                            fault.WhyEnded,   // Auth0
		"user is blocked":                                              fault.WhyBlocked, // Auth0
		"The refresh token is invalid or expired.":                     fault.WhyEnded,   // Okta
		"Token has been expired or revoked.":                           fault.WhyEnded,   // Google
		"Refresh Token has expired":                                    fault.WhyExpired, // Cognito
		"Refresh Token has been revoked":                               fault.WhyRevoked,
		"User is disabled.":                                            fault.WhyBlocked,
		"Token is not active":                                          fault.WhyExpired, // Keycloak
		"Session not active":                                           fault.WhyEnded,
		"Stale token":                                                  fault.WhyRevoked,
		"Session doesn't have required client":                         fault.WhyEnded,
		"Maximum allowed refresh token reuse exceeded":                 fault.WhyRevoked,
		"Offline user session not found":                               fault.WhyEnded,
		"Client no longer has requested consent from user":             fault.WhyConsent,
		"User disabled":                                                fault.WhyBlocked,
		"Account is not fully set up":                                  fault.WhyConsent,
		"Multifactor authentication required":                          fault.WhyMFA,
		"AADSTS700082: The refresh token has expired due to inactivi":  fault.WhyIdle, // Entra, cut off
		"AADSTS70008: The refresh token has expired due to inactivity": fault.WhyIdle,
		"AADSTS700084: The refresh token was issued to a single page":  fault.WhyExpired,
		"AADSTS70043: The refresh token has expired or is invalid due": fault.WhyExpired,
		"AADSTS50173: The provided grant has expired due to it being":  fault.WhyRevoked,
		"AADSTS50076: Due to a configuration change made by your admi": fault.WhyMFA,
		"AADSTS65001: The user or administrator has not consented to":  fault.WhyConsent,
		"AADSTS50057: The user account is disabled.":                   fault.WhyBlocked,
		"Das gibt es nicht":                                            "", "": "", "invalid_grant": "",
	} {
		f := fault.Of(refreshRefused(response{status: 400}, newProblem("invalid_grant", said)))
		if f.Code != fault.SignInRequired || f.Reason != want {
			t.Errorf("%q: %s because %q, want %q", said, f.Code, f.Reason, want)
		}
		if want == "" && said != "" && f.Args["said"] != said {
			t.Errorf("%q: the provider's words are %q", said, f.Args["said"])
		}
	}
	for code, want := range map[string]fault.Reason{
		"mfa_required": fault.WhyMFA, "consent_required": fault.WhyConsent,
		"interaction_required": fault.WhyConsent, "login_required": fault.WhyConsent,
	} {
		if f := fault.Of(refreshRefused(response{status: 403}, problem{code: code})); f.Reason != want {
			t.Errorf("%s: %q", code, f.Reason)
		}
	}
	for _, line := range refusalReasons {
		if !slices.Contains(fault.Whys, line.reason) {
			t.Errorf("%q is not in the closed set", line.reason)
		}
		for _, text := range line.texts {
			if text != strings.ToLower(text) {
				t.Errorf("%q never fits: it is compared in small letters", text)
			}
		}
	}
}

// F7: when a quota is full again is what the provider says, within a day.
func TestF07AUsedUpQuotaSaysUntilWhen(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	const client, organization = "Auth0-Client-Quota-Limit", "Auth0-Organization-Quota-Limit"
	for _, tt := range []struct {
		name, header, retryAfter, body string
		code                           fault.Code
		want                           time.Duration
	}{
		{client, "b=per_hour;q=10;r=7;t=3540,b=per_day;q=100;r=0;t=50000", "", "", fault.QuotaExhausted, 50000 * time.Second},
		{client, "b=per_hour;q=10;r=0;t=3540,b=per_day;q=100;r=0;t=50000", "", "", fault.QuotaExhausted, 50000 * time.Second},
		{client, "b=per_hour;q=10;r=0;t=1800, b=per_day;q=100;r=4;t=50000", "5", "", fault.QuotaExhausted, 30 * time.Minute},
		{organization, "b=per_day;q=1;r=0;t=7200", "", "", fault.QuotaExhausted, 2 * time.Hour},
		{client, "b=per_day;q=1;r=0;t=4000000000", "", "", fault.QuotaExhausted, maxQuota},
		{client, "b=per_day;q=1;r=0", "", "", fault.QuotaExhausted, time.Hour},
		{client, "b=per_day;q=1;r=0", "120", "", fault.QuotaExhausted, 2 * time.Minute},
		{client, "b=per_day;q=100;r=7;t=50000", "", "", fault.RateLimited, time.Minute},
		{client, "r=;t;=;r=-1;;b", "", "", fault.RateLimited, time.Minute},
		{"X", "", "", problemBody("too_many_requests", "Client quota exceeded"), fault.QuotaExhausted, time.Hour},
		{"X", "", "90", `{"error":"too_many_requests","error_description":"Client quota exceeded"}`, fault.QuotaExhausted,
			90 * time.Second},
	} {
		h := http.Header{}
		h.Set(tt.name, tt.header)
		if tt.retryAfter != "" {
			h.Set("Retry-After", tt.retryAfter)
		}
		a := response{host: "h", status: 429, header: h, body: []byte(tt.body)}
		f := fault.Of(a.retryLater(a.problem(), now))
		if want := now.Add(tt.want); f.Code != tt.code || !f.Until.Equal(want) {
			t.Errorf("%s %q: %s until %s, want %s until %s", tt.name, tt.header, f.Code, f.Until, tt.code, want)
		}
	}
}

// FuzzQuota: whatever stands in the header, nobody waits for longer than a day, nor for less than nothing.
func FuzzQuota(f *testing.F) {
	f.Add("b=per_hour;q=10;r=7;t=3540,b=per_day;q=100;r=0;t=50000")
	f.Add("r=0;t=99999999999999999999")
	f.Add("r=0;r=1;t=-5,;;=,r=0")
	f.Fuzz(func(t *testing.T, header string) {
		reset, yes := usedUp(http.Header{quotaHeaders[0].name: {header}})
		if reset < 0 || reset > maxQuota || reset > 0 && !yes {
			t.Errorf("%q: %v, %v", header, reset, yes)
		}
	})
}
