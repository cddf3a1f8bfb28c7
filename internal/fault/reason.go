package fault

// Reason is one of the reasons that a code can have. Code and reason together choose the sentence; see docs/errors.md.
type Reason string

// Why somebody has to sign in again, as far as the provider says.
const (
	WhyExpired Reason = "expired" // the sign-in has reached its age
	WhyIdle    Reason = "idle"    // it was not used for too long
	WhyRevoked Reason = "revoked" // somebody ended it: an administrator, a changed password, a token used twice
	WhyMFA     Reason = "mfa"     // a second factor is asked for
	WhyConsent Reason = "consent" // the person is to agree to something, or to answer a question
	WhyBlocked Reason = "blocked" // the person's account is
	WhyEnded   Reason = "ended"   // it is over, and nothing more is said
)

// Whys is the closed set of SignInRequired's reasons. Where there is none, "said" is what the provider said.
var Whys = []Reason{WhyExpired, WhyIdle, WhyRevoked, WhyMFA, WhyConsent, WhyBlocked, WhyEnded}

// The reasons of NotAllowed.
const (
	WhyNo         Reason = "no"          // a person said so
	WhyUnanswered Reason = "unanswered"  // nobody said anything
	WhyNoWindow   Reason = "no-window"   // there is nowhere to ask a person
	WhyBusy       Reason = "busy"        // too many wait for an answer already
	WhyWindowOnly Reason = "window-only" // what only a person in the window may do
	WhyStranger   Reason = "stranger"    // what no program in a container or a sandbox may do
)

// NotAlloweds is the closed set of NotAllowed's reasons.
var NotAlloweds = []Reason{WhyNo, WhyUnanswered, WhyNoWindow, WhyBusy, WhyWindowOnly, WhyStranger}

// Why an API does not accept an access token, as far as can be told; WhyExpired as well.
const (
	WhyAudience Reason = "audience" // it is for another audience: "got"
	WhyClaim    Reason = "claim"    // something is missing in it: "claim"
	WhyScheme   Reason = "scheme"   // this address wants something other than a token: "want"
	WhyClock    Reason = "clock"    // the two clocks differ: this one is "ahead" or "behind"
)

// APIWhys is the closed set of APIUnauthorized's reasons.
var APIWhys = []Reason{WhyExpired, WhyAudience, WhyClaim, WhyScheme, WhyClock}
