package ui

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// longWait is how long a person may be in the browser before the card wonders whether the callback address is allowed.
const longWait = 20 * time.Second

// intent is what a press of a button or a choice in a menu asks for.
type intent int

const (
	nothing intent = iota
	signIn
	signInAnother
	cancelSignIn
	signOut
	copyToken
	endInBrowser
	copyPage
	tryAgain
	retryKeychain
	copyCallbacks
	enterSecret
	tryCall
	gateway
	forgetSecret
	askFirst
	showPrograms
	showDetails
	removeAccount
)

// choice is one thing that a person can do.
type choice struct {
	label string
	do    intent
}

// cardView is everything that an account's card shows.
type cardView struct {
	id, name, host, monogram string
	demo                     bool
	status                   words.Line
	next                     string // what the person can do about it
	facts                    string // lines in a lower voice
	notices                  []words.Line
	wait                     waitView
	note                     words.Line
	primary, second, after   choice
	rank                     rank // of primary
	enabled                  bool // all three
	trouble                  bool // there is a cause to look at
	menu                     []choice
	asksFirst, gateway       bool // these choices of the menu are on
}

// waitView is what a card shows while a person is in the browser.
type waitView struct {
	link     string // what the browser opens; empty: nobody waits
	trouble  string // why nothing may be happening, where there is reason to think so
	callback string // the address to allow, after a long wait
}

// local is what only this window knows of an account.
type local struct {
	busy    intent // asked for, and not answered yet
	copied  bool   // its token is on the clipboard
	said    string // the answer to what was asked last
	tone    words.Tone
	err     error  // the answer, where it was an error
	mute    string // the attempt whose browser did not open
	browser bool   // signed out here a moment ago; the browser may have a session of its own
	page    string // where that ends, if the browser did not open on it
}

// viewOf makes the card of a at now.
func viewOf(a account.Account, l local, now time.Time) cardView {
	state := words.Status(a)
	v := cardView{
		id: a.ID, name: a.Name, host: a.Host, monogram: monogram(a.Name), demo: a.Demo,
		status: state.Line, next: state.Next, facts: strings.Join(facts(a, now), "\n"),
		notices: noticesOf(a, l), wait: waitOf(a, l, now), note: noteOf(state, l), menu: menuOf(a),
		asksFirst: a.AskFirst, gateway: a.GatewayURL != "",
	}
	v.primary, v.rank = primaryOf(a, now)
	v.second, v.after = secondOf(a), afterOf(a, l)
	v.enabled = l.busy == nothing
	v.trouble = v.note.Tone == words.Needed || state.Code != "" && !a.Status.HasSession()
	return v
}

// noticesOf are what a person should know besides the state. What was answered a moment ago is not said twice.
func noticesOf(a account.Account, l local) []words.Line {
	var all []words.Line
	for _, m := range words.Besides(a) {
		if m.Code != string(fault.CodeOf(l.err)) {
			all = append(all, words.Line{Text: both(m), Tone: words.Attend})
		}
	}
	return all
}

// monogram is the first letter of a name; nothing for a name of signs.
func monogram(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return ""
}

// primaryOf is the one thing to do in a's state.
func primaryOf(a account.Account, now time.Time) (choice, rank) {
	if wantsSecret(a) {
		return choice{"Enter secret…", enterSecret}, primary
	}
	switch a.Status {
	case account.SignedOut, account.NeedsSignIn:
		return signInOf(a.Problem), primary
	case account.SigningIn:
		return choice{"Cancel", cancelSignIn}, plain
	case account.KeychainLocked:
		return choice{"Try again", retryKeychain}, primary
	case account.SignedIn, account.Renewing:
		return choice{"Copy access token", copyToken}, primary
	}
	switch {
	case a.Status.HasSession() && a.Until.After(now):
		return choice{"Copy access token", copyToken}, plain
	case canTry(a):
		return choice{"Try again", tryAgain}, plain
	}
	return choice{}, plain
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
func secondOf(a account.Account) choice {
	if a.Machine == nil && a.Status.HasSession() {
		return choice{"Sign out", signOut}
	}
	return choice{}
}

// afterOf is what may follow a sign-out: the browser can have a session of its own. It has a button of its own, so that
// whoever presses Sign out twice doesn't ask for it.
func afterOf(a account.Account, l local) choice {
	switch {
	case a.Machine != nil, a.Status != account.SignedOut:
	case l.page != "":
		return choice{"Copy link", copyPage}
	case l.browser:
		return choice{"Also sign out in the browser", endInBrowser}
	}
	return choice{}
}

// signInOf is how to sign in after a problem, if it can be done at all.
func signInOf(problem *fault.Error) choice {
	switch {
	case problem == nil:
	case slices.Contains(anotherPerson, problem.Code), problem.Reason == fault.WhyBlocked:
		return choice{"Use another account", signInAnother}
	case problem.Code == fault.BadProfile, problem.Code == fault.ProfileSecret:
		return choice{} // it takes another file
	}
	return choice{"Sign in", signIn}
}

// anotherPerson are the refusals that concern who signed in, not how.
var anotherPerson = []fault.Code{
	fault.SignInDenied, fault.SignInBlocked, fault.WrongOrganization, fault.DifferentPerson,
}

// menuOf is what else can be done, behind "⋯".
func menuOf(a account.Account) []choice {
	var m []choice
	setUp := []choice{{"Copy callback address", copyCallbacks}}
	switch {
	case a.Machine != nil:
		setUp = machineChoices(a)
	case a.Status == account.KeychainLocked:
		m = append(m, choice{"Sign out", signOut})
	case a.Status == account.NeedsSignIn:
		m = append(m, choice{"Use another account", signInAnother}, choice{"Sign out", signOut})
	case a.Status == account.SignedOut:
		m = append(m, choice{"Sign in with another account", signInAnother})
	}
	if a.API {
		m = append(m, choice{"Try a call…", tryCall}, choice{"Gateway", gateway})
	}
	m = append(m, choice{"Programs…", showPrograms}, choice{"Ask before a program gets a token", askFirst})
	m = append(m, setUp...)
	return append(m, choice{"Details", showDetails}, choice{"Remove…", removeAccount})
}

// facts are who is signed in, until when, and what else holds without being seen.
func facts(a account.Account, now time.Time) []string {
	var lines []string
	if who := personFacts(a); who != "" {
		lines = append(lines, who)
	}
	if a.Status.HasSession() && a.Until.After(now) {
		lines = append(lines, "Access until "+words.Until(a.Until, now))
	}
	if a.Status.HasSession() && !a.Saved && !slices.ContainsFunc(a.Notices, saysNotSaved) {
		lines = append(lines, "Kept in memory only, until Keyfob quits")
	}
	lines = append(lines, meterFacts(a.Machine)...)
	if a.GatewayURL != "" {
		lines = append(lines, "Gateway at "+a.GatewayURL)
	}
	if a.AskFirst {
		lines = append(lines, "Asks before a program gets a token")
	}
	return lines
}

func saysNotSaved(f *fault.Error) bool { return f.Code == fault.NotSaved }

// personFacts adds to the status line what it does not say of the person.
func personFacts(a account.Account) string {
	if a.Who == nil {
		return ""
	}
	all := []string{a.Who.Name, a.Who.Email, a.Who.Organization}
	if a.Who.Name == "" && a.Who.Email == "" {
		all[0] = a.Who.Subject
	}
	inStatus := ""
	if a.Status == account.SignedIn || a.Status == account.Renewing {
		inStatus = words.Who(a.Who)
	}
	all = slices.DeleteFunc(all, func(s string) bool { return s == "" || s == inStatus })
	return strings.Join(all, " · ")
}

const nothingHappens = "Nothing happening? If the browser shows an error, the people who run this service must " +
	"allow this address:"

func waitOf(a account.Account, l local, now time.Time) waitView {
	if a.Attempt == nil || a.Status != account.SigningIn {
		return waitView{}
	}
	v := waitView{link: a.Attempt.URL}
	switch {
	case l.mute == a.Attempt.ID:
		v.trouble = "The browser did not open. Open this link yourself:"
	case longWaiting(a, now):
		v.trouble = nothingHappens
		v.callback = a.Attempt.RedirectURI
	}
	return v
}

// longWaiting tells whether the person has been in the browser for long.
func longWaiting(a account.Account, now time.Time) bool {
	return !now.Before(a.Attempt.Started.Add(longWait))
}

// noteOf is the answer to what was asked last, unless the account's own state says the same.
func noteOf(state words.State, l local) words.Line {
	switch {
	case l.copied:
		return words.Line{Text: "Copied. Cleared in 30 s", Tone: words.Good}
	case l.err == nil:
		return words.Line{Text: l.said, Tone: l.tone}
	case state.Code == string(fault.CodeOf(l.err)):
		return words.Line{}
	}
	return complaintOf(l.err)
}

// complaintOf is an error in words. Some only tell what could not be done besides what was asked for.
func complaintOf(err error) words.Line {
	switch fault.CodeOf(err) {
	case fault.RevokeFailed, fault.NoBrowserLogout:
		return words.Line{Text: sentence(err), Tone: words.Attend}
	}
	return words.Line{Text: sentence(err), Tone: words.Needed}
}

// sentence is an error in a person's words: what happened and what to do.
func sentence(err error) string { return both(words.Of(err)) }

func both(m words.Message) string { return strings.TrimSpace(m.What + " " + m.Next) }

// signedOutNote says until when a token works that no provider could be told of. Else all went as one expects, or there
// is a problem that says so itself.
func signedOutNote(r account.SignOutReport, now time.Time) words.Line {
	if r.Problem != nil || !r.NoRevoke || !r.ValidUntil.After(now) {
		return words.Line{}
	}
	said := "Signed out here. The last access token works until " + words.Until(r.ValidUntil, now) + "."
	return words.Line{Text: said, Tone: words.Attend}
}

// problemOf keeps a nil *fault.Error from becoming an error that is not nil.
func problemOf(r account.SignOutReport) error {
	if r.Problem == nil {
		return nil
	}
	return r.Problem
}

// banner is what a keychain that cannot be used has to say.
type banner struct{ what, next string }

func bannerOf(k account.Keychain) banner {
	if k.State != account.KeychainUnusable {
		return banner{}
	}
	problem := k.Problem
	if problem == nil {
		problem = fault.New(fault.KeychainMissing)
	}
	m := words.Of(problem)
	return banner{m.What, m.Next}
}

// detail is one line of what lies under "Details".
type detail struct{ label, value string }

// detailsOf is the technical side of an account: for support, exact where the card speaks as people do.
func detailsOf(a account.Account, r account.Agent, err error, now time.Time) []detail {
	d := append(causes(a, err), detail{"Account", a.ID}, detail{"Service", a.Issuer},
		detail{"Support", strings.Join(a.Support, ", ")}, detail{"State", string(a.Status)})
	if a.Who != nil {
		d = append(d, detail{"Subject", a.Who.Subject}, detail{"Name", a.Who.Name}, detail{"E-mail", a.Who.Email},
			detail{"Organization", a.Who.Organization})
	}
	d = append(d, detail{"Access until", exactly(a.Until)}, detail{"Renewed at", exactly(a.RenewsBy)})
	d = append(d, machineDetails(a.Machine, now)...)
	if a.Status.HasSession() {
		kept := "in the keychain"
		if !a.Saved {
			kept = "in memory only"
		}
		d = append(d, detail{keptLabel(a), kept})
	}
	if a.Attempt != nil {
		d = append(d, detail{"Callback address", a.Attempt.RedirectURI})
	}
	d = append(d, aboutOf(r)...)
	return slices.DeleteFunc(d, func(d detail) bool { return d.value == "" })
}

func keptLabel(a account.Account) string {
	if a.Machine != nil {
		return "Secret and token kept"
	}
	return "Sign-in kept"
}

// aboutOf is what support asks first.
func aboutOf(r account.Agent) []detail {
	return []detail{{"Version", r.Version}, {"Log", r.Log}}
}

// causes are all that is wrong, with the codes.
func causes(a account.Account, err error) (d []detail) {
	var all []words.Message
	if s := words.Status(a); s.Code != "" {
		all = append(all, words.Message{What: s.Text, Code: s.Code, Detail: s.Detail})
	}
	all = append(all, words.Besides(a)...)
	if m := words.Of(err); !slices.ContainsFunc(all, func(o words.Message) bool { return o.Code == m.Code }) {
		all = append(all, m)
	}
	for _, m := range all {
		d = append(d, detail{"What happened", m.What}, detail{"Code", m.Code}, detail{"Cause", m.Detail})
	}
	return slices.DeleteFunc(d, func(d detail) bool { return d.value == "" })
}
