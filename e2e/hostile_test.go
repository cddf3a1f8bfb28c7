//go:build linux

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"keyfob/e2e/hostile"
	"keyfob/e2e/stage"
	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// mostMemory is how much an agent may grow over any one misbehaviour, at its peak. The race detector is not in it.
const mostMemory = 50 << 20

// TestHostileProvider has the real programs, with a real keychain, meet every misbehaviour of the hostile provider: one
// agent for all, so that what one provider does shows in what the next one gets. Each has a provider of its own.
//
// Renewals come first: those that went wrong have time to mend themselves while people sign in elsewhere.
func TestHostileProvider(t *testing.T) {
	w := &siege{desk: newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})}
	sessions := w.renewWrong(t)
	drip, dripped := w.startDrip(t)
	crowded := w.victim(t, "jwks-10000-before", "jwks-10000-before")
	t.Run(caseName(crowded.id), func(t *testing.T) {
		v := crowded.in(t)
		v.signInWrong(signInCase{v.id, fault.IDTokenInvalid})
		v.misbehave(hostile.None)
	})
	t.Run("sign-in", func(t *testing.T) {
		for _, c := range signIns {
			t.Run(caseName(c.name), func(t *testing.T) {
				v := w.victim(t, c.name, c.name)
				v.signInWrong(c)
				v.wantSignIn()
			})
		}
	})
	t.Run("callback", func(t *testing.T) {
		for _, name := range ignoredCallbacks {
			t.Run(caseName(name), func(t *testing.T) { w.victim(t, name, name).comeBackWrong() })
		}
	})
	t.Run(caseName("discovery-drip"), func(t *testing.T) { drip.in(t).endDrip(dripped) })
	t.Run("renewal, afterwards", func(t *testing.T) { w.in(t).renewAgain(sessions) })
	t.Run("sign-in, afterwards", func(t *testing.T) { crowded.in(t).wantSignIn() }) // keys are kept for half a minute
	t.Run("A65 files and logs", func(t *testing.T) { w.in(t).wantNoSecrets(w.secrets()...) })
}

// TestHostileProviderIsMetWithAllItDoes holds the tables against the closed list.
func TestHostileProviderIsMetWithAllItDoes(t *testing.T) {
	met := slices.Concat(
		ignoredCallbacks,
		[]string{"discovery-drip", "jwks-10000-before"}, // on their own: they take longer
		[]string{"token-drip"},                          // 30 seconds: the clock of a test in oauthflow stands for them
		[]string{"refresh-other-sub"},                   // right at a sign-in
	)
	for _, c := range signIns {
		met = append(met, c.name)
	}
	for _, m := range hostile.All() {
		if !slices.Contains(met, m.Name) {
			t.Errorf("%s is in no table", m.Name)
		}
	}
}

// caseName is a misbehaviour with the cases that it stands for, two digits each.
func caseName(name string) string {
	all := hostile.All()
	i := slices.IndexFunc(all, func(m hostile.Misbehaviour) bool { return m.Name == name })
	var b strings.Builder
	for number := range strings.FieldsSeq(all[i].Cases) {
		n, _ := strconv.Atoi(number[1:])
		fmt.Fprintf(&b, "%s%02d", number[:1], n)
	}
	return b.String() + " " + name
}

// in is the desk of a subtest.
func (d *desk) in(t testing.TB) *desk { return &desk{TB: t, Stage: d.Stage, ctx: d.ctx} }

// siege is one desk with all the victims on it.
type siege struct {
	*desk
	victims []*victim
}

// victim is an account at a hostile provider of its own.
type victim struct {
	*desk
	id       string
	provider *hostile.Provider
}

func (v *victim) in(t testing.TB) *victim { return &victim{v.desk.in(t), v.id, v.provider} }

// victim imports the profile of a new provider, which does wrong from the beginning. The provider lasts as long as the
// stage: what went wrong is tried again in the background.
func (w *siege) victim(t testing.TB, id, misbehaviour string) *victim {
	t.Helper()
	v := &victim{w.in(t), id, must(hostile.Start(w.ctx))(t)}
	w.victims = append(w.victims, v)
	v.misbehave(misbehaviour)
	r := must(v.KeyfobInput(v.ctx, v.provider.Profile(id), "import", "--yes", "-"))(t)
	if r.Code != 0 {
		t.Fatalf("the profile was not imported: %s", r.Err)
	}
	return v
}

// secrets are all that any of the providers has made or seen.
func (w *siege) secrets() (all []string) {
	for _, v := range w.victims {
		all = append(all, v.provider.Secrets()...)
	}
	return all
}

func (v *victim) misbehave(name string) {
	v.Helper()
	if err := v.provider.Misbehave(name); err != nil {
		v.Fatal(err)
	}
}

// login is one run of `keyfob login`, as far as somebody at the terminal sees it.
type login struct {
	*stage.Process
	link string // what the browser was to open; "" if it ended before
}

// login runs `keyfob login` until it opens the browser or ends.
func (v *victim) login() login {
	v.Helper()
	run := must(v.StartKeyfob(v.ctx, "login", v.id))(v)
	ctx, cancel := context.WithCancel(v.ctx)
	defer cancel()
	go func() {
		defer cancel()
		select {
		case <-run.Done():
		case <-ctx.Done():
		}
	}()
	opened, _ := v.Opened(ctx) // an error: it ended
	return login{run, opened.URL}
}

// follow opens the link of a login in a browser that does what it is told, and returns the last page.
func (v *victim) follow(l login) string {
	v.Helper()
	browser := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	req := must(http.NewRequestWithContext(v.ctx, http.MethodGet, l.link, nil))(v)
	res, err := browser.Do(req)
	if err != nil {
		v.Fatalf("the browser was left alone: %v", err)
	}
	defer res.Body.Close()
	return string(must(io.ReadAll(res.Body))(v))
}

// signIn does all that a person does, and returns what the terminal and the browser showed in the end.
func (v *victim) signIn() (l login, page string) {
	v.Helper()
	if l = v.login(); l.link != "" {
		page = v.follow(l)
	}
	_ = l.Wait(v.ctx) // its exit code tells
	return l, page
}

// wantSignIn signs in at a provider that behaves again.
func (v *victim) wantSignIn() {
	v.Helper()
	v.misbehave(hostile.None)
	if l, _ := v.signIn(); l.ExitCode() != 0 {
		v.Fatalf("the sign-in does not succeed any more: %s", l.Output())
	}
	v.wantKept()
}

// wantKept wants somebody signed in, and the keychain to hold a refresh token that the provider knows as its newest.
func (v *victim) wantKept() {
	v.Helper()
	a := v.account()
	if a.Status != account.SignedIn && a.Status != account.Renewing || !a.Saved || a.Problem != nil {
		v.Errorf("the account is %q, saved: %v, problem: %v", a.Status, a.Saved, a.Problem)
	}
	if state := v.provider.RefreshToken(v.stored()); state != "live" {
		v.Errorf("the refresh token in the keychain is %q at the provider", state)
	}
}

func (v *victim) account() account.Account {
	v.Helper()
	a, _ := must(v.Status(v.ctx))(v).Account(v.id)
	return a
}

// stored is the newest refresh token in the keychain, read from outside: the second slot's where that is in use.
func (v *victim) stored() string {
	v.Helper()
	for _, slot := range []string{"session/" + v.id + "/next", "session/" + v.id} {
		text := must(v.Secret(v.ctx, slot))(v)
		var record struct {
			Refresh string `json:"refresh_token"`
		}
		if text != "" && json.Unmarshal([]byte(text), &record) == nil {
			return record.Refresh
		}
	}
	v.Fatal("the keychain holds no session")
	return ""
}

// wantPlain wants a text for a terminal that shows nothing but what Keyfob itself would say.
func (v *victim) wantPlain(text string) {
	v.Helper()
	for _, secret := range append(v.provider.Secrets(), hostile.Canary) {
		if strings.Contains(text, secret) && !v.quotes(secret) {
			v.Errorf("it repeats %q:\n%s", secret, text)
		}
	}
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			v.Errorf("it shows the character %U:\n%q", r, text)
		}
	}
}

// quotes tells whether this is text that the provider may have shown: the canary in an error's description.
func (v *victim) quotes(text string) bool {
	return text == hostile.Canary && (strings.HasPrefix(v.id, "callback-error-") || v.id == "id-odd-name")
}

// wantFault wants exactly one message, with that code.
func (v *victim) wantFault(text string, code fault.Code) {
	v.Helper()
	v.wantPlain(text)
	if strings.Count("\n"+text, "\nkeyfob: ") != 1 || !strings.Contains(text, "\n  code: "+string(code)) {
		v.Errorf("want one message with the code %q:\n%s", code, text)
	}
}

// wantNobodyLured wants nothing to have arrived where the provider tried to send Keyfob.
func (v *victim) wantNobodyLured() {
	v.Helper()
	for _, r := range v.provider.Lured() {
		v.Errorf("lured elsewhere: %s %s %v", r.Method, r.Path, r.Form)
	}
}

// bounded looks at the agent's memory while something is done. The peak is the kernel's, so that nothing slips by
// between two looks.
func (d *desk) bounded(do func()) {
	d.Helper()
	pid := must(d.Status(d.ctx))(d).Agent.PID
	before := must(usageOf(pid))(d)
	if err := resetPeak(pid); err != nil {
		d.Fatal(err)
	}
	do()
	if grown := must(usageOf(pid))(d).peak - before.memory; grown > mostMemory {
		d.Errorf("the agent grew by %d MB", grown>>20)
	}
}

// signInCase is what a sign-in comes to at a provider that does one thing wrong.
type signInCase struct {
	name string
	code fault.Code // "" where Keyfob can live with it
}

// signInWrong signs in while the provider misbehaves: it fails in words, tells nobody anything, and leaves nothing
// behind.
func (v *victim) signInWrong(c signInCase) {
	v.Helper()
	var l login
	var page string
	v.bounded(func() { l, page = v.signIn() })
	v.wantNobodyLured()
	if strings.Contains(page, "<script>alert") || strings.ContainsAny(page, "\x1b\u202e\u200b") {
		v.Errorf("the browser's page repeats what the provider said as it is:\n%s", page)
	}
	v.wantAskedOnce()
	if c.code == "" {
		v.wantGood(l)
	} else {
		v.wantRefused(l, c.code)
	}
}

// wantAskedOnce wants each document to have been asked for once by the sign-in, and once before it by the agent that
// prepares for one; and the code to have been sent once.
func (v *victim) wantAskedOnce() {
	v.Helper()
	most := map[string]int{hostile.DiscoveryPath: 2, hostile.KeysPath: 2, hostile.TokenPath: 1}
	for path, n := range v.provider.Counts() {
		if limit, ok := most[path]; ok && n > limit {
			v.Errorf("%s was asked for %d times", path, n)
		}
	}
}

// wantGood wants a sign-in that succeeded, and an access token with an end that is to be expected.
func (v *victim) wantGood(l login) {
	v.Helper()
	v.wantPlain(withoutLink(l))
	if l.ExitCode() != 0 {
		v.Errorf("the sign-in did not succeed: %s", l.Output())
	}
	v.wantKept()
	if left := time.Until(v.account().Until); left > 366*24*time.Hour || left < -time.Minute {
		v.Errorf("the access token ends in %v", left)
	}
}

func (v *victim) wantRefused(l login, code fault.Code) {
	v.Helper()
	v.wantFault(withoutLink(l), code)
	if l.ExitCode() == 0 {
		v.Error("the exit code says that all is well")
	}
	a := v.account()
	if a.Status != account.SignedOut || fault.CodeOf(problemOf(a)) != code {
		v.Errorf("the account is %q, problem: %v", a.Status, a.Problem)
	}
	if text := must(v.Secret(v.ctx, "session/"+v.id))(v); text != "" {
		v.Error("the keychain holds a session")
	}
}

// withoutLink is what a login printed but its link, which has to have the state in it.
func withoutLink(l login) string { return strings.ReplaceAll(l.Output(), l.link, "") }

// comeBackWrong comes back from the browser in a way that is to be ignored, and then in the right one.
func (v *victim) comeBackWrong() {
	v.Helper()
	l := v.login()
	page := v.follow(l)
	if a := v.account(); a.Status != account.SigningIn {
		v.Fatalf("the account is %q: the sign-in does not wait any more\n%s\n%s", a.Status, page, l.Output())
	}
	if v.provider.Counts()[hostile.TokenPath] != 0 {
		v.Error("a code was sent to the provider")
	}
	v.misbehave(hostile.None)
	v.follow(l)
	if err := l.Wait(v.ctx); err != nil {
		v.Fatal(err, l.Output())
	}
	v.wantPlain(withoutLink(l))
	v.wantKept()
}

// startDrip begins a sign-in at a provider whose description comes a byte a second, beside all others, and has it
// behave afterwards. The agent's own look at it is over by then.
func (w *siege) startDrip(t testing.TB) (*victim, <-chan time.Duration) {
	t.Helper()
	v := w.victim(t, "discovery-drip", "discovery-html")
	if err := v.provider.Wait(w.ctx, hostile.DiscoveryPath); err != nil {
		t.Fatal(err)
	}
	v.misbehave("discovery-drip")
	run, began := must(w.StartKeyfob(w.ctx, "login", v.id))(t), time.Now()
	took := make(chan time.Duration, 1)
	go func() {
		_ = run.Wait(w.ctx)
		_ = v.provider.Misbehave(hostile.None)
		took <- time.Since(began)
	}()
	return v, took
}

// endDrip wants the sign-in to have given up in time.
func (v *victim) endDrip(took <-chan time.Duration) {
	v.Helper()
	if t := <-took; t < 14*time.Second || t > 20*time.Second {
		v.Errorf("the sign-in gave up after %v", t)
	}
	a := v.account()
	if a.Status != account.SignedOut || fault.CodeOf(problemOf(a)) != fault.Offline {
		v.Errorf("the account is %q, problem: %v", a.Status, a.Problem)
	}
	v.wantSignIn()
}
