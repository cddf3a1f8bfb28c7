package main

import (
	"errors"

	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// These are the exit codes, as keyfob --help lists them. Scripts rely on them, so their meaning never changes.
const (
	exitDone           = 0
	exitFailed         = 1 // everything else
	exitUsage          = 2 // wrong usage, or a bad profile
	exitSignInRequired = 3
	exitKeychain       = 4 // locked, missing or not working
	exitUnavailable    = 5 // provider or network
	exitDenied         = 6
	exitLimited        = 7   // by quota or rate
	exitNoAgent        = 8   // no agent runs, and none could be started
	exitCancelled      = 130 // by Ctrl-C, as in shells
)

var exitCodes = map[fault.Code]int{
	fault.BadUsage:       exitUsage,
	fault.Unconfirmed:    exitUsage,
	fault.BadProfile:     exitUsage,
	fault.ProfileSecret:  exitUsage,
	fault.ProfileUnknown: exitUsage,
	fault.ProfileExists:  exitUsage,
	fault.ProfileChanged: exitUsage,
	fault.APIElsewhere:   exitUsage,

	fault.SignInRequired: exitSignInRequired,
	fault.SignedOutLocal: exitSignInRequired,
	fault.CannotRenew:    exitSignInRequired,
	fault.SecretMissing:  exitSignInRequired,

	fault.KeychainMissing: exitKeychain,
	fault.KeychainLocked:  exitKeychain,
	fault.KeychainDenied:  exitKeychain,
	fault.KeychainSlow:    exitKeychain,
	fault.KeychainFailed:  exitKeychain,
	fault.SecretTooLarge:  exitKeychain,
	fault.NotSaved:        exitKeychain,

	fault.Offline:          exitUnavailable,
	fault.TLSFailure:       exitUnavailable,
	fault.ProviderTrouble:  exitUnavailable,
	fault.Portal:           exitUnavailable,
	fault.IssuerMismatch:   exitUnavailable,
	fault.InsecureEndpoint: exitUnavailable,
	fault.ForeignEndpoint:  exitUnavailable,
	fault.DiscoveryInvalid: exitUnavailable,
	fault.PKCEUnsupported:  exitUnavailable,
	fault.RedirectRefused:  exitUnavailable,
	fault.KeysInvalid:      exitUnavailable,
	fault.RevokeFailed:     exitUnavailable,
	fault.AnswerLost:       exitUnavailable,

	fault.APIUnanswered: exitUnavailable,
	fault.APICut:        exitUnavailable,

	fault.SignInDenied:      exitDenied,
	fault.SignInBlocked:     exitDenied,
	fault.SignInRefused:     exitDenied,
	fault.ClientRefused:     exitDenied,
	fault.WrongOrganization: exitDenied,
	fault.OtherUser:         exitDenied,
	fault.NotAllowed:        exitDenied,
	fault.SecretRefused:     exitDenied,

	fault.APIUnauthorized: exitDenied,
	fault.APIForbidden:    exitDenied,

	fault.RateLimited:    exitLimited,
	fault.APILimited:     exitLimited,
	fault.QuotaExhausted: exitLimited,
	fault.CapReached:     exitLimited,
	fault.CapNear:        exitLimited,

	fault.NoAgent:       exitNoAgent,
	fault.AgentFailed:   exitNoAgent,
	fault.SocketUnsafe:  exitNoAgent,
	fault.SocketTooLong: exitNoAgent,
}

// exitCode is the exit code for err.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	if e, ok := errors.AsType[*commandError](err); ok {
		return e.exit
	}
	if code, ok := exitCodes[fault.CodeOf(err)]; ok {
		return code
	}
	return exitFailed
}

// reportedError is an error that the command has printed itself. It only decides the exit code.
type reportedError struct{ error }

func (e reportedError) Unwrap() error { return e.error }

// report prints what went wrong: what happened, what to do, and the code that support asks for.
func (t *terminal) report(err error) {
	if err == nil {
		return
	}
	m := words.Of(err)
	t.printErr("cli.report.what", "what", indented(m.What))
	if m.Next != "" {
		t.printErr("cli.report.try", "next", indented(m.Next))
	}
	if fault.CodeOf(err) == fault.KeychainMissing { // the window has a button for it
		t.printErr("cli.in-memory")
	}
	t.printErr("cli.report.code", "code", m.Code, "cause", m.Detail)
}
