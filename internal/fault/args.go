package fault

// Why somebody has to sign in again, as far as the provider says.
const (
	WhyExpired = "expired" // the sign-in has reached its age
	WhyIdle    = "idle"    // it was not used for too long
	WhyRevoked = "revoked" // somebody ended it: an administrator, a changed password, a token used twice
	WhyMFA     = "mfa"     // a second factor is asked for
	WhyConsent = "consent" // the person is to agree to something, or to answer a question
	WhyBlocked = "blocked" // the person's account is
	WhyEnded   = "ended"   // it is over, and nothing more is said
)

// Whys is the closed set of SignInRequired's argument "why". Where it is missing, "reason" is what the provider said.
var Whys = []string{WhyExpired, WhyIdle, WhyRevoked, WhyMFA, WhyConsent, WhyBlocked, WhyEnded}

// The argument "why" of NotAllowed.
const (
	WhyNo         = "no"          // a person said so
	WhyUnanswered = "unanswered"  // nobody said anything
	WhyNoWindow   = "no-window"   // there is nowhere to ask a person
	WhyBusy       = "busy"        // too many wait for an answer already
	WhyWindowOnly = "window-only" // what only a person in the window may do
)

// NotAlloweds is the closed set of NotAllowed's argument "why".
var NotAlloweds = []string{WhyNo, WhyUnanswered, WhyNoWindow, WhyBusy, WhyWindowOnly}

// Why an API does not accept an access token, as far as can be told; WhyExpired as well.
const (
	WhyAudience = "audience" // it is for another audience: "got"
	WhyClaim    = "claim"    // something is missing in it: "claim"
	WhyScheme   = "scheme"   // this address wants something other than a token: "want"
	WhyClock    = "clock"    // the two clocks differ: "reason"
)

// APIWhys is the closed set of APIUnauthorized's argument "why".
var APIWhys = []string{WhyExpired, WhyAudience, WhyClaim, WhyScheme, WhyClock}

// MaybeSent is the argument "sent" of a request that may have arrived, and been acted on, though no answer came.
// Without the argument it surely has not arrived.
const MaybeSent = "maybe"
