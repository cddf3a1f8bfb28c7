package view

import (
	"slices"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// Intent is what a press of a button or a choice in a menu asks for.
type Intent int

// The intents.
const (
	Nothing Intent = iota
	SignIn
	SignInAnother
	OpenLink
	CopyLink
	CopyCallback
	CancelSignIn
	SignOut
	CopyToken
	EndInBrowser
	CopyPage
	TryAgain
	RetryKeychain
	CopyCallbacks
	EnterSecret
	TryCall
	Gateway
	ForgetSecret
	AskFirst
	ShowPrograms
	ShowDetails
	RemoveAccount
)

// Choice is one thing that a person can do.
type Choice struct {
	Label string
	Do    Intent
	On    bool // a choice of a menu that is switched on
}

// primaryOf is the one thing to do in a's state. urgent: it stands out.
func primaryOf(a account.Account, now time.Time) (c Choice, urgent bool) {
	if wantsSecret(a) {
		return Choice{Label: words.T("ui.card.enter-secret"), Do: EnterSecret}, true
	}
	switch a.Status { //nolint:exhaustive // the others depend on more than the state
	case account.SignedOut, account.NeedsSignIn:
		return signInOf(a), true
	case account.SigningIn:
		return Choice{Label: words.T("ui.card.cancel"), Do: CancelSignIn}, false
	case account.KeychainLocked:
		return Choice{Label: words.T("ui.card.try-again"), Do: RetryKeychain}, true
	case account.SignedIn, account.Renewing:
		return Choice{Label: words.T("ui.card.copy-token"), Do: CopyToken}, true
	}
	switch {
	case a.Status.HasSession() && a.Until.After(now):
		return Choice{Label: words.T("ui.card.copy-token"), Do: CopyToken}, false
	case canTry(a):
		return Choice{Label: words.T("ui.card.try-again"), Do: TryAgain}, false
	}
	return Choice{}, false
}

// wantsSecret tells whether nothing goes on without a client's secret, or with the one that is there.
func wantsSecret(a account.Account) bool {
	switch {
	case !a.Can(account.ActSetSecret):
		return false
	case a.Status == account.SignedOut, a.Status == account.NeedsSignIn:
		return true
	}
	return a.Status.HasSession() && a.Problem != nil &&
		slices.Contains([]fault.Code{fault.SecretMissing, fault.SecretRefused, fault.ClientRefused}, a.Problem.Code)
}

// canTry tells whether a person can have the provider asked before Keyfob does it by itself. Where the provider said
// when, or that it will not, nobody is to ask again.
func canTry(a account.Account) bool {
	if a.Status != account.Offline && a.Status != account.Trouble {
		return false
	}
	return a.Problem == nil || a.Problem.Until.IsZero() &&
		a.Problem.Code != fault.ClientRefused && a.Problem.Code != fault.SignInRefused
}

// secondOf is what stands beside it in a lower voice: nobody should have to look for the way out.
func secondOf(a account.Account) Choice {
	if a.Can(account.ActSignOut) && a.Status.HasSession() {
		return Choice{Label: words.T("ui.card.sign-out"), Do: SignOut}
	}
	return Choice{}
}

// afterOf is what may follow a sign-out: the browser can have a session of its own. It has a button of its own, so that
// whoever presses Sign out twice doesn't ask for it.
func afterOf(a account.Account, l Local) Choice {
	switch {
	case !a.Can(account.ActSignOutInBrowser):
	case l.LogoutPage != "":
		return Choice{Label: words.T("ui.card.copy-link"), Do: CopyPage}
	case l.SignedOutHere:
		return Choice{Label: words.T("ui.card.sign-out-in-browser"), Do: EndInBrowser}
	}
	return Choice{}
}

// signInOf is how to sign in after a problem, if it can be done at all.
func signInOf(a account.Account) Choice {
	switch problem := a.Problem; {
	case !a.Can(account.ActSignIn):
		return Choice{} // it takes another profile
	case problem != nil && (slices.Contains(anotherPerson, problem.Code) || problem.Reason == fault.WhyBlocked):
		return Choice{Label: words.T("ui.card.another-account"), Do: SignInAnother}
	}
	return Choice{Label: words.T("ui.card.sign-in"), Do: SignIn}
}

// anotherPerson are the refusals that concern who signed in, not how.
var anotherPerson = []fault.Code{
	fault.SignInDenied, fault.SignInBlocked, fault.WrongOrganization, fault.DifferentPerson,
}

// menuOf is what else can be done, behind "⋯".
func menuOf(a account.Account) []Choice {
	m := sessionChoices(a)
	if a.API {
		m = append(m, Choice{Label: words.T("ui.card.try-call"), Do: TryCall},
			Choice{Label: words.T("ui.card.gateway"), Do: Gateway, On: a.GatewayURL != ""})
	}
	m = append(m, Choice{Label: words.T("ui.card.programs"), Do: ShowPrograms},
		Choice{Label: words.T("ui.card.ask-first"), Do: AskFirst, On: a.AskFirst})
	if a.Can(account.ActForgetSecret) {
		m = append(m, Choice{Label: words.T("ui.card.replace-secret"), Do: EnterSecret},
			Choice{Label: words.T("ui.card.forget-secret"), Do: ForgetSecret})
	}
	if a.Can(account.ActCopyCallbacks) {
		m = append(m, Choice{Label: words.T("ui.card.copy-callbacks"), Do: CopyCallbacks})
	}
	return append(m, Choice{Label: words.T("ui.card.details"), Do: ShowDetails},
		Choice{Label: words.T("ui.card.remove"), Do: RemoveAccount})
}

// sessionChoices are the ways in and out that no button has.
func sessionChoices(a account.Account) []Choice {
	out := Choice{Label: words.T("ui.card.sign-out"), Do: SignOut}
	switch {
	case a.Status == account.KeychainLocked && a.Can(account.ActSignOut):
		return []Choice{out}
	case a.Status == account.NeedsSignIn && a.Can(account.ActSignOut):
		return []Choice{{Label: words.T("ui.card.another-account"), Do: SignInAnother}, out}
	case a.Can(account.ActSignIn):
		return []Choice{{Label: words.T("ui.card.sign-in-another"), Do: SignInAnother}}
	}
	return nil
}
