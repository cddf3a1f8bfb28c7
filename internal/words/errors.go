package words

import (
	"context"
	"errors"
	"time"

	"keyfob/internal/fault"
)

// Message is one thing that went wrong, in words.
type Message struct {
	What   string // what happened
	Next   string // what to do next
	Code   string // what to tell support
	Detail string // the technical cause; may be empty
}

// Of turns any error into words. A nil err gives the zero Message.
func Of(err error) Message { return at(err, time.Now()) }

func at(err error, now time.Time) Message {
	if err == nil {
		return Message{}
	}
	if errors.Is(err, context.DeadlineExceeded) && fault.CodeOf(err) == fault.Internal {
		return Message{What: "That took too long.", Next: "Try again.", Code: "timeout", Detail: err.Error()}
	}
	if errors.Is(err, context.Canceled) && fault.CodeOf(err) == fault.Internal {
		return Message{What: "Cancelled.", Code: "cancelled"}
	}
	f := fault.Of(err)
	s := sentenceOf(f)
	return Message{What: fill(s.what, f, now), Next: fill(s.next, f, now), Code: string(f.Code), Detail: f.Detail}
}

func sentenceOf(f *fault.Error) sentence {
	why := f.Reason
	switch s, known := sentences[f.Code]; {
	case !known:
		return sentences[fault.Internal]
	case f.Args["client"] != "":
		return ofMachine(f.Code)
	case f.Code == fault.SignInRequired && why == fault.WhyBlocked: // there is nothing to sign in to
		return sentences[fault.SignInBlocked]
	case f.Code == fault.NotAllowed:
		return notAllowed(why)
	case f.Code == fault.APIUnauthorized:
		return unauthorized(why)
	case f.Code == fault.SignInRequired && because(why) != "":
		return sentence{"You need to sign in again: " + because(why) + ".", s.next}
	default:
		return s
	}
}

// ofMachine is what is said of an account that is a program's own, where it is not what is said of a sign-in.
func ofMachine(c fault.Code) sentence {
	switch c {
	case fault.ClientRefused:
		return sentence{"The service gives {client} no tokens[: {reason}].", "Check the client's id and secret, or ask the people who run it to allow them[ ({error})]. Then give {client} its secret once more."}
	case fault.NotSaved:
		return sentence{"The keychain did not save the secret or the token of {client}.", "Keyfob keeps them in memory and tries again. After a restart you may have to give it the secret again."}
	}
	return sentences[c]
}

// notAllowed is why a program got no token, or may not change who does.
func notAllowed(why fault.Reason) sentence {
	switch why {
	case fault.WhyNo:
		return sentence{"You said no to {program}.", "If that was a mistake, have it ask again in a minute."}
	case fault.WhyUnanswered:
		return sentence{"Nobody answered whether {program} may use {id}.", "Have it ask again, and answer in Keyfob's window."}
	case fault.WhyNoWindow:
		return sentence{"{id} asks you before a program gets a token, and there is no window to ask in.", "Open Keyfob on the desktop."}
	case fault.WhyBusy:
		return sentence{"Too many programs wait for your answer already.", "Answer them in Keyfob's window."}
	case fault.WhyWindowOnly:
		return sentence{"Only a person can do that, in Keyfob's window.", "Open Keyfob and do it there[: in the menu of {id}]."}
	}
	return sentences[fault.NotAllowed]
}

// because is why somebody has to sign in again, for all of fault.Whys but the blocked account; else it is empty.
func because(why fault.Reason) string {
	switch why {
	case fault.WhyExpired:
		return "the service ends a sign-in after a while"
	case fault.WhyIdle:
		return "this sign-in was not used for too long"
	case fault.WhyRevoked:
		return "this sign-in was taken back"
	case fault.WhyMFA:
		return "the service wants one more proof of who you are"
	case fault.WhyConsent:
		return "the service wants to ask you something"
	case fault.WhyEnded:
		return "the service no longer knows this sign-in"
	}
	return ""
}

// sentence is a pair of templates; {name} stands for an argument. A part in [brackets] is left out when one of its
// arguments is missing.
type sentence struct{ what, next string }

var sentences = map[fault.Code]sentence{
	fault.BadUsage:        {"That cannot be done[: {reason}].", "See keyfob --help for what can."},
	fault.SignInCancelled: {"The sign-in was cancelled.", "Press Sign in to start again."},
	fault.Unconfirmed:     {"Nothing was changed[: {what} was not confirmed].", "[To confirm {what}, run it again and answer yes, or add --yes.]"},

	fault.BadProfile:     {"This profile cannot be used[:\n{problems}].", "Correct it, or ask the people who gave you the file for a corrected one."},
	fault.ProfileSecret:  {"This file contains a secret[ (in {field})], so Keyfob did not open it.", "Ask for a profile file without secrets. If the secret is real, it should be replaced."},
	fault.ProfileUnknown: {"There is no account called {id}[. There are: {known}].", "[Did you mean {nearest}?]"},
	fault.ProfileExists:  {"There is already an account called {id}.", "Give this one another name, or replace the old one."},
	fault.ProfileChanged: {"This file changes where {id} signs in or sends tokens[:\n{changes}].", "Accept it only if you know why. You will have to sign in again."},

	fault.Offline:         {"You are offline[, or {host} cannot be reached].", "Check the network, then try again."},
	fault.TLSFailure:      {"The connection to {host} is not secure, so nothing was sent.", "Check the date on this computer, and ask your network's people about certificates or a proxy."},
	fault.ProviderTrouble: {"{host} has a problem of its own[ ({status})].", "Wait a little[, until {until}], then try again."},
	fault.Portal:          {"Something between you and {host} answered instead of it, such as a network sign-in page.", "Open your browser and sign in to the network, then try again."},
	fault.RateLimited:     {"{host} asks Keyfob to slow down[ until {until}].", "Wait a little: trying sooner does not help."},
	fault.QuotaExhausted:  {"The quota of tokens at {host} is used up[ until {until}].", "Ask the people who run it if you need more before then."},
	fault.AnswerLost:      {"{host} did not answer, and may have acted on the request all the same.", "Keyfob asks again later, or when a token is needed. If that fails, sign in again."},

	fault.IssuerMismatch:   {"The sign-in service calls itself {got}, but the profile says {want}.", "The two must be the same, to the last slash. Correct the profile[: {suggest}]."},
	fault.InsecureEndpoint: {"The address in {field} is not secure: {url}", "It must start with https://. Correct the profile or tell the people who run the service."},
	fault.ForeignEndpoint:  {"The sign-in service points {field} to another host: {host}", "If that is right, the profile must name the address itself."},
	fault.DiscoveryInvalid: {"{host} does not describe itself as a sign-in service[: {reason}].", "Check the address of the sign-in service in the profile."},
	fault.PKCEUnsupported:  {"{host} does not offer the protection that a program without a secret needs (PKCE with S256).", "Ask the people who run it to allow it."},
	fault.RedirectRefused:  {"{host} tried to send Keyfob elsewhere, so nothing was sent on.", "Tell the people who run the service."},
	fault.KeysInvalid:      {"The signing keys of {host} cannot be used[: {reason}].", "Tell the people who run the service."},

	fault.PortsBusy:         {"Other programs use the addresses that Keyfob needs: {addresses}", "Close the other program, or take another address: in the profile for signing in, with --listen for a gateway."},
	fault.SignInTimeout:     {"Nobody came back from the browser.", "Try again. If the browser showed an error, the people who run the service must allow this address: {redirect_uri}"},
	fault.SignInDenied:      {"The sign-in service did not let you in[: {reason}]", "Use another account, or ask for access."},
	fault.SignInBlocked:     {"Your account is blocked there[: {reason}]", "Ask the people who run the service."},
	fault.SignInRefused:     {"The sign-in service refused the request[: {reason}]", "Tell the people who run the service[ ({error})]."},
	fault.CallbackInvalid:   {"The answer that came back from the browser was not valid[: {reason}].", "Try to sign in again."},
	fault.TokenResponse:     {"The sign-in service sent an answer that Keyfob does not accept[: {reason}].", "Tell the people who run the service."},
	fault.IDTokenInvalid:    {"The sign-in service's statement of who you are did not pass its checks[: {reason}].", "Try again. If it stays, tell the people who run the service."},
	fault.ClockWrong:        {"The clock of this computer seems to be wrong[: {reason}].", "Set the date and time, then try again."},
	fault.WrongOrganization: {"You signed in to another organization than {want}.", "Sign in again and choose {want}."},
	fault.ClientRefused:     {"The sign-in service does not accept this program's settings[: {reason}].", "The people who run it must make it a native application without a secret[ ({error})]."},
	fault.BrowserFailed:     {"The browser did not open.", "Open the link yourself."},

	fault.SignInRequired:  {"You need to sign in again[: {reason}].", "Press Sign in, or run keyfob login."},
	fault.DifferentPerson: {"Another person signed in: {now} instead of {was}.", "If that is right, sign out first."},
	fault.CannotRenew:     {"This sign-in cannot renew itself.", "Sign in again when it has ended. To have it renewed, the profile must ask for offline_access, and the service must allow it."},
	fault.ScopeReduced:    {"The service granted less than was asked for[. Missing: {missing}].", "Ask the people who run it if something does not work."},
	fault.NoIDToken:       {"The service does not say who signed in.", "Nothing to do: tokens work all the same."},
	fault.OpaqueToken:     {"The access token is of a kind that most APIs cannot read.", "If an API refuses it, the profile lacks its audience."},
	fault.NotSaved:        {"You are signed in, but the keychain did not save it.", "Keyfob keeps it in memory and tries again. After a restart you may have to sign in again."},
	fault.ShortLived:      {"This access token works until {until}, less long than was asked for.", "It is the best that the service gives now."},
	fault.RevokeFailed:    {"{host} could not be told that you signed out.", "You are signed out here.[ Keyfob tries again until {again}.][ The last access token works until {until}.]"},
	fault.NoBrowserLogout: {"{host} has no page that signs your browser out.", "To end the browser's session as well, sign out on its website."},
	fault.SignedOutLocal:  {"Nobody is signed in[ to {id}].", "Press Sign in, or run keyfob login[ {id}]."},
	fault.SecretMissing:   {"{id} has no secret yet.", "Press Enter secret, or run keyfob secret set {id}."},
	fault.SecretRefused:   {"The service does not accept the client's secret[: {reason}].", "[The {kept} one stays in use. ]Check the client's id and secret. Keyfob asks again when one of them has changed."},
	fault.CapReached:      {"This month's {limit} tokens are used up.", "Keyfob asks for none until {until}. If that is too late, raise monthly_token_limit in the profile."},
	fault.CapNear:         {"{used} of this month's {limit} tokens are used.", "At the last one Keyfob stops asking until {until}. If more are needed, raise monthly_token_limit in the profile."},
	fault.NotAllowed:      {"{program} may not have a token of {id}.", "Open Keyfob to allow it."},

	fault.APIElsewhere:    {"The profile[ {id}] does not let a token go to {host}.", "Its api.base_urls say to which hosts tokens go, and below which paths. Use an address there, or ask for a profile that names this one."},
	fault.APIUnauthorized: {"{host} does not accept a fresh access token[: {reason}].", "Signing in again will hardly help. Show the people who run it what is in the token: keyfob claims {id}"},
	fault.APIForbidden:    {"{host} does not allow this[: the token lacks the scope {scope}][: {reason}].", "Ask the people who run it for access.[ If it is yours, the profile must ask for {scope} too.]"},
	fault.APILimited:      {"{host} wants fewer requests[ until {until}].", "Wait a little: trying sooner does not help."},
	fault.APIRefused:      {"{host} refused the request[ ({status})].", "Its answer may say why."},
	fault.APIUnanswered:   {"{host} did not answer, and may have acted on the request all the same.", "Look whether it did before you send it again."},
	fault.APICut:          {"Not all of {host}'s answer is here: {reason}.", "It was answered, so look at the status before you send it again."},

	fault.KeychainMissing: {"This computer has no keychain that Keyfob can use, so sign-ins and secrets cannot be kept safely.", "Keep sign-ins in memory only until Keyfob quits, or start a keychain such as GNOME Keyring or KWallet."},
	fault.KeychainLocked:  {"Your keychain is locked.", "Unlock it, then try again."},
	fault.KeychainDenied:  {"The keychain did not let Keyfob in.", "Allow Keyfob when the keychain asks, then try again."},
	fault.KeychainSlow:    {"The keychain does not answer.", "Look for a question that it may be asking, then try again."},
	fault.KeychainFailed:  {"The keychain did not do what Keyfob asked.", "Try again. If it stays, restart the keychain or the computer."},
	fault.SecretTooLarge:  {"This sign-in is too large for this computer's keychain[ ({bytes} bytes of {limit})].", "Ask the people who run the service for smaller refresh tokens."},

	fault.NoAgent:          {"Keyfob is not running.", "Start it with keyfob agent start, or open Keyfob."},
	fault.AgentFailed:      {"Keyfob could not start in the background[: {reason}].", "Run keyfob agent to see why."},
	fault.AlreadyRunning:   {"Keyfob is already running[ (process {pid}, {kind})].", "Use that one, or stop it with keyfob agent stop."},
	fault.OtherUser:        {"Another user of this computer asked. Keyfob serves only its own.", "Run it as the user who signed in."},
	fault.SocketUnsafe:     {"Keyfob does not trust the folder of its local door: {path}[ ({reason})].", "Make it a folder of your own that nobody else can open (chmod 700)."},
	fault.SocketTooLong:    {"The path of Keyfob's local door is too long: {path}[ ({reason})].", "Set XDG_RUNTIME_DIR to a folder with a shorter path. On macOS and Windows your home folder needs one."},
	fault.DiskTrouble:      {"Keyfob could not write to {path}.", "Make room or allow writing there. What was saved before is unchanged."},
	fault.DemoNeedsDesktop: {"The demo runs in the desktop program, which is not running.", "Open Keyfob and press Try the demo."},
	fault.DemoPortBusy:     {"Another program uses the demo's address, {address}.", "Close the other program, then try again."},
	fault.Internal:         {"Something went wrong inside Keyfob.", "Try again. If it stays, send us the log and this code."},
}
