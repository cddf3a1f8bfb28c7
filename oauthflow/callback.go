package oauthflow

import (
	"errors"
	"net/url"
	"strings"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// callback is what the provider sent back through the browser: a code, or why there is none.
type callback struct {
	code secret.Text
	err  error
}

// owns tells whether a callback carries the attempt's state (RFC 6749 §10.12), exactly once, compared in constant time.
func (a attempt) owns(v url.Values) bool {
	state := v["state"]
	return len(state) == 1 && secret.New(state[0]).Equal(a.state)
}

// read judges a callback of ours. RFC 6749 §3.1: "Request and response parameters MUST NOT be included more than once."
// The issuer comes before all else, errors included (RFC 9207 §2.4).
func (a attempt) read(v url.Values) callback {
	for _, name := range []string{"code", "error", "iss"} {
		if len(v[name]) > 1 {
			return invalid(fault.CallbackRepeated, "name", name)
		}
	}
	if err := a.checkIssuer(v); err != nil {
		return callback{err: err}
	}
	switch {
	case v.Has("code") && v.Has("error"):
		return invalid(fault.CallbackContradiction)
	case v.Get("error") != "":
		return callback{err: a.authorizationError(newProblem(v.Get("error"), v.Get("error_description"), a.state, a.nonce))}
	case v.Get("code") == "":
		return invalid(fault.CallbackNoCode)
	}
	return callback{code: secret.New(v.Get("code"))}
}

func invalid(why fault.Reason, args ...string) callback {
	return callback{err: fault.New(fault.CallbackInvalid, args...).WithReason(why)}
}

// checkIssuer obeys RFC 9207 §2.4: the issuer "MUST" be the one that was asked, to the byte, and a provider that
// promises to send it must do so. A profile without an issuer has nothing to compare with.
func (a attempt) checkIssuer(v url.Values) error {
	switch {
	case a.meta.Issuer == "":
		return nil
	case v.Has("iss") && v.Get("iss") != a.meta.Issuer:
		return fault.New(fault.CallbackInvalid).WithReason(fault.CallbackOtherIssuer)
	case !v.Has("iss") && a.meta.SendsIssuer:
		return fault.New(fault.CallbackInvalid).WithReason(fault.CallbackNoIssuer)
	}
	return nil
}

// authorizationError turns an authorization error (RFC 6749 §4.1.2.1) into what a person can do about it.
// "unauthorized" is Auth0's, for blocked users and rules; "Service not found" is how it names an unknown audience.
func (a attempt) authorizationError(p problem) error {
	switch {
	case p.code == "access_denied" && strings.HasPrefix(p.description, "Service not found"):
		return fault.New(fault.SignInRefused, "error", p.code, "said", p.description)
	case p.code == "access_denied":
		return fault.New(fault.SignInDenied, "said", p.description)
	case p.code == "unauthorized":
		return fault.New(fault.SignInBlocked, "said", p.description)
	case p.code == "unauthorized_client":
		return fault.New(fault.ClientRefused, "error", p.code, "said", p.description)
	case p.code == "temporarily_unavailable", p.code == "server_error":
		f := fault.New(fault.ProviderTrouble, "host", a.profile.Host(), "status", p.code)
		return f.Because(errors.New(p.description))
	}
	return fault.New(fault.SignInRefused, "error", p.code, "said", p.description)
}
