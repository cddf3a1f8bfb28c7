package oauthflow

import (
	"cmp"
	"fmt"
	"net/http"

	"keyfob/internal/fault"
)

// exchangeRefused says what a final no to a code means.
func exchangeRefused(a answer, p problem) error {
	code := cmp.Or(p.code, fmt.Sprintf("HTTP %d", a.status))
	switch {
	case p.code == "mfa_required":
		return p.again(p.reason)
	case p.code == "invalid_grant":
		return fault.New(fault.SignInRefused, "error", code, "reason", p.reason)
	case clientRefused(p.code) || a.status == http.StatusUnauthorized:
		return fault.New(fault.ClientRefused, "error", code, "reason", p.reason)
	case p.code == "access_denied":
		return fault.New(fault.SignInDenied, "reason", p.reason)
	}
	return fault.New(fault.SignInRefused, "error", code, "reason", p.reason)
}

// clientRefused tells errors about the client, which an integrator must mend, from errors about the person. Auth0 says
// access_denied with a 401 where the application still wants a secret.
func clientRefused(code string) bool {
	return code == "invalid_client" || code == "unauthorized_client"
}

// refreshRefused says what a final no to a refresh token means. By far most often: that it is dead, which providers say
// as invalid_grant with 400, 401 or 403, but also as invalid_request, as unauthorized_client, in HTML, or with no body.
// unauthorized_client may be about the settings as well; then the sign-in that the person is asked for says so. A page
// with a 403, or with a status that no token endpoint has for a token (404, 405), is not the provider speaking.
func refreshRefused(a answer, p problem) error {
	switch {
	case p.code == "invalid_client":
		return fault.New(fault.ClientRefused, "error", p.code, "reason", p.reason)
	case p.code != "", a.status == http.StatusBadRequest, a.status == http.StatusUnauthorized,
		a.status == http.StatusForbidden && !a.html():
		return p.again(cmp.Or(p.reason, p.code))
	case a.html():
		return fault.New(fault.Portal, "host", a.host)
	}
	return fault.New(fault.ProviderTrouble, "host", a.host, "status", fmt.Sprint(a.status))
}
