package localapi

import (
	"context"
	"errors"
	"net/http"

	"keyfob/internal/fault"
)

// statusOf returns the HTTP status of a fault; 0 for a code that is not known here. Programs should look at the code in
// the body. The status is for tools that know nothing of Keyfob, such as curl --fail.
func statusOf(code fault.Code) int {
	switch code {
	case fault.BadUsage, fault.BadProfile, fault.ProfileSecret, fault.APIElsewhere:
		return http.StatusBadRequest
	case fault.SignInRequired, fault.SignedOutLocal, fault.CannotRenew, fault.SecretMissing, fault.SecretRefused:
		return http.StatusUnauthorized
	case fault.SignInDenied, fault.SignInBlocked, fault.SignInRefused, fault.WrongOrganization, fault.KeychainDenied,
		fault.OtherUser, fault.NotAllowed, fault.APIForbidden:
		return http.StatusForbidden
	case fault.ProfileUnknown:
		return http.StatusNotFound
	case fault.ProfileExists, fault.ProfileChanged, fault.SignInCancelled, fault.Unconfirmed, fault.PortsBusy,
		fault.DifferentPerson, fault.ScopeReduced, fault.AlreadyRunning, fault.DemoPortBusy:
		return http.StatusConflict
	case fault.KeychainLocked:
		return http.StatusLocked
	case fault.RateLimited, fault.QuotaExhausted, fault.CapReached, fault.CapNear, fault.APILimited:
		return http.StatusTooManyRequests
	case fault.DemoNeedsDesktop, fault.NoBrowserLogout:
		return http.StatusNotImplemented
	case fault.Offline, fault.TLSFailure, fault.ProviderTrouble, fault.Portal, fault.IssuerMismatch,
		fault.InsecureEndpoint, fault.ForeignEndpoint, fault.DiscoveryInvalid, fault.PKCEUnsupported,
		fault.RedirectRefused, fault.KeysInvalid, fault.CallbackInvalid, fault.TokenResponse, fault.IDTokenInvalid,
		fault.ClockWrong, fault.ClientRefused, fault.NoIDToken, fault.OpaqueToken, fault.RevokeFailed, fault.AnswerLost,
		fault.ShortLived, fault.APIUnauthorized, fault.APIRefused, fault.APIUnanswered, fault.APICut:
		return http.StatusBadGateway
	case fault.KeychainMissing, fault.KeychainSlow, fault.KeychainFailed, fault.NotSaved, fault.NoAgent,
		fault.AgentFailed:
		return http.StatusServiceUnavailable
	case fault.SignInTimeout:
		return http.StatusGatewayTimeout
	case fault.SecretTooLarge, fault.DiskTrouble:
		return http.StatusInsufficientStorage
	case fault.Internal, fault.SocketUnsafe, fault.SocketTooLong, fault.BrowserFailed:
		return http.StatusInternalServerError
	}
	return 0
}

// refusal is a request that breaks a rule of the API, with the status that HTTP has for it.
type refusal struct {
	status int
	fault  *fault.Error
}

func (r *refusal) Error() string { return r.fault.Error() }

func (r *refusal) Unwrap() error { return r.fault }

// refused is a refusal with the reason; args fill its words.
func refused(status int, reason fault.Reason, args ...string) error {
	return &refusal{status, fault.New(fault.BadUsage, args...).WithReason(reason)}
}

func badRequest(reason fault.Reason, args ...string) error {
	return refused(http.StatusBadRequest, reason, args...)
}

// responseTo turns err into what the caller is told. A context's own error means the call's deadline, or the agent's
// end.
func responseTo(err error) (status int, said *fault.Error) {
	var broken *refusal
	var typed *fault.Error
	switch {
	case errors.As(err, &broken):
		return broken.status, broken.fault
	case errors.As(err, &typed):
		if status = statusOf(typed.Code); status == 0 {
			status = http.StatusInternalServerError
		}
		return status, typed
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout, fault.New(fault.AgentFailed).WithReason(fault.AgentTooSlow)
	case errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, fault.New(fault.AgentFailed).WithReason(fault.AgentStopping)
	}
	return http.StatusInternalServerError, fault.Of(err)
}
