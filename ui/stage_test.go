package ui

import (
	"context"
	"errors"
	"image/color"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/words/wordstest"
	"keyfob/ui/kit"
)

// stage is a window without a display, on a clock of its own. The test's goroutine is the window system's: what tasks
// hand to Do waits in a queue until settle runs it there.
type stage struct {
	t     *testing.T
	app   *watchedApp
	w     *Window
	r     *agent
	queue chan func()

	mu        sync.Mutex
	opened    []string // what the browser was asked to open
	noBrowser bool
	checked   []profile.Profile
	check     func(context.Context, profile.Profile) error
	called    []Call
	answer    func() (Reply, error) // nil: none comes
	waits     func(account.Wait)    // of the last call
	noAgent   error
	ended     context.CancelFunc
	first     fyne.Focusable    // where Tab begins
	language  map[string]string // what the labels of the tests are in another language; nil: English
}

// watchedApp makes windows that count what is done to them.
type watchedApp struct {
	fyne.App
	window *watchedWindow
}

func (a *watchedApp) NewWindow(title string) fyne.Window {
	a.window = &watchedWindow{Window: a.App.NewWindow(title)}
	return a.window
}

type watchedWindow struct {
	fyne.Window
	raised, closed int
	onClosed       func()
}

func (w *watchedWindow) RequestFocus()        { w.raised++ }
func (w *watchedWindow) SetOnClosed(f func()) { w.onClosed = f }

// Close calls back once, like the real one.
func (w *watchedWindow) Close() {
	if w.closed++; w.closed == 1 {
		w.onClosed()
	}
}

// onStage runs f in a bubble with a window that follows an agent.
func onStage(t *testing.T, f func(*stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.start()
		f(s)
		s.finish()
	})
}

func newStage(t *testing.T) *stage {
	s := &stage{t: t, app: &watchedApp{App: test.NewApp()}, r: newAgent(), queue: make(chan func(), 1024)}
	s.w = New(Options{
		App: s.app,
		Connect: func(context.Context) (Agent, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.r, s.noAgent
		},
		OpenBrowser: func(_ context.Context, url string) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.opened = append(s.opened, url)
			if s.noBrowser {
				return fault.New(fault.BrowserFailed, "url", url)
			}
			return nil
		},
		Check: func(ctx context.Context, p profile.Profile) error {
			s.mu.Lock()
			s.checked = append(s.checked, p)
			check := s.check
			s.mu.Unlock()
			if check == nil {
				return nil
			}
			return check(ctx, p)
		},
		Call: func(ctx context.Context, id string, c Call, waits func(account.Wait)) (Reply, error) {
			s.mu.Lock()
			s.called, s.waits = append(s.called, c), waits
			answer := s.answer
			s.mu.Unlock()
			if answer == nil {
				<-ctx.Done()
				return Reply{}, ctx.Err()
			}
			return answer()
		},
		Look: func(token secret.Text) Look {
			if token.Reveal() != testToken {
				return Look{Note: "another token"}
			}
			return Look{Note: "Nothing here is checked.", Text: "{\n  \"aud\": \"https://api.acme.example\"\n}"}
		},
		Do:  func(f func()) { s.queue <- f },
		Now: time.Now,
		Log: slog.New(slog.DiscardHandler),
	})
	s.size(startWidth, startHeight)
	return s
}

func (s *stage) start() {
	ctx, cancel := context.WithCancel(s.t.Context())
	s.ended = cancel
	s.w.start(ctx)
	s.settle()
}

// finish closes the window and waits for all that it started.
func (s *stage) finish() {
	s.ended()
	s.settle()
	s.w.tasks.Wait()
	if s.app.window.closed == 0 {
		s.t.Error("the window did not end with its context")
	}
}

// settle lets everything run until nothing more happens by itself.
func (s *stage) settle() {
	s.drain()
	s.relayout()
}

// drain is settle without another frame.
func (s *stage) drain() {
	for {
		synctest.Wait()
		select {
		case f := <-s.queue:
			f()
			continue
		default:
		}
		return
	}
}

// wait lets time pass.
func (s *stage) wait(d time.Duration) {
	s.t.Helper()
	time.Sleep(d) // the bubble's clock
	s.settle()
}

// size makes the window as large as a person would.
func (s *stage) size(width, height float32) {
	s.w.win.Canvas().(software.WindowlessCanvas).Resize(fyne.NewSize(width, height))
	s.relayout()
}

// relayout does what the real driver does before each frame: give parts whose needs have changed their room.
func (s *stage) relayout() {
	c := s.w.win.Canvas().(software.WindowlessCanvas)
	size := c.Size()
	for range 3 {
		c.Resize(size.AddWidthHeight(1, 1))
		c.Resize(size)
	}
}

// show publishes accounts and lets the window draw them.
func (s *stage) show(accounts ...account.Account) {
	s.t.Helper()
	snapshot := s.r.last
	snapshot.Accounts = accounts
	s.publish(snapshot)
}

func (s *stage) publish(snapshot account.Snapshot) {
	s.t.Helper()
	snapshot.Seq++
	snapshot.Accounts = asTheAgent(snapshot.Accounts)
	s.r.last = snapshot
	s.r.snapshots <- snapshot
	s.settle()
}

// asTheAgent fills in what can be done with each account.
func asTheAgent(accounts []account.Account) []account.Account {
	accounts = slices.Clone(accounts)
	for i, a := range accounts {
		accounts[i] = wordstest.WithActions(a)
	}
	return accounts
}

// card is the card of an account.
func (s *stage) card(id string) *card {
	s.t.Helper()
	c, there := s.w.home.cards.At(id)
	if !there {
		s.t.Fatalf("no card of %s", id)
	}
	return c
}

// sheet is the sheet on top, with that title.
func (s *stage) sheet(title string) *kit.Sheet {
	s.t.Helper()
	top := s.w.Top()
	if top == nil || top.Title() != title && s.language == nil {
		s.t.Fatalf("no sheet %q on top: %+v", title, top)
	}
	return top
}

// press presses the visible button with that label, wherever it is.
func (s *stage) press(label string) {
	s.t.Helper()
	b := s.button(label)
	if b.Disabled() {
		s.t.Fatalf("the button %q is disabled", label)
	}
	test.Tap(b)
	s.settle()
}

func (s *stage) button(label string) *kit.Button {
	s.t.Helper()
	for _, b := range find[*kit.Button](s.root()) {
		if b.Name == s.inLanguage(label) {
			return b
		}
	}
	s.t.Fatalf("no button %q", label)
	return nil
}

// inLanguage is what a text of the tests is in the language of the stage.
func (s *stage) inLanguage(text string) string {
	if other := s.language[text]; other != "" {
		return other
	}
	return text
}

func (s *stage) hasButton(label string) bool {
	for _, b := range find[*kit.Button](s.root()) {
		if b.Name == label {
			return true
		}
	}
	return false
}

// root is what one can reach: the sheet on top, else the window.
func (s *stage) root() fyne.CanvasObject {
	if top := s.w.win.Canvas().Overlays().Top(); top != nil {
		return top
	}
	return s.w.home.root
}

// choose opens the menu of an account and takes a choice.
func (s *stage) choose(id, label string) {
	s.t.Helper()
	for _, m := range s.card(id).view.Menu {
		if m.Label == s.inLanguage(label) {
			s.w.controller.act(id, m.Do)
			s.settle()
			return
		}
	}
	s.t.Fatalf("no choice %q in %+v", label, s.card(id).view.Menu)
}

// says tells whether some visible text reads so.
func (s *stage) says(want string) bool {
	for _, l := range find[*kit.Text](s.root()) {
		if l.Words() == want {
			return true
		}
	}
	return false
}

func (s *stage) mustSay(want string) {
	s.t.Helper()
	if !s.says(want) {
		var all []string
		for _, l := range find[*kit.Text](s.root()) {
			all = append(all, l.Words())
		}
		s.t.Errorf("nothing says %q, but %q", want, all)
	}
}

// key types a key where the focus is.
func (s *stage) key(name fyne.KeyName) {
	c := s.w.win.Canvas()
	if f := c.Focused(); f != nil {
		f.TypedKey(&fyne.KeyEvent{Name: name})
	} else {
		c.OnTypedKey()(&fyne.KeyEvent{Name: name})
	}
	s.settle()
}

// find collects the visible objects of one type.
func find[T fyne.CanvasObject](o fyne.CanvasObject) (found []T) {
	if !o.Visible() {
		return nil
	}
	if t, ok := o.(T); ok {
		found = append(found, t)
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			found = append(found, find[T](child)...)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			found = append(found, find[T](child)...)
		}
	}
	return found
}

// forced is our theme in one variant.
type forced struct {
	fyne.Theme
	variant fyne.ThemeVariant
}

func (f forced) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	return f.Theme.Color(name, f.variant)
}

func (s *stage) light() { s.app.Settings().SetTheme(forced{kit.NewTheme(), theme.VariantLight}) }
func (s *stage) dark()  { s.app.Settings().SetTheme(forced{kit.NewTheme(), theme.VariantDark}) }

// agent is a fake of the process that holds tokens: it notes what it is asked and answers what it is told to.
type agent struct {
	snapshots chan account.Snapshot
	last      account.Snapshot // of the test's goroutine

	mu        sync.Mutex
	calls     []string
	fail      map[string]error // by method
	profiles  map[string]profile.Profile
	imported  []byte
	report    account.SignOutReport
	attempt   account.Attempt
	done      chan error               // ends a sign-in
	addresses []account.GatewayAddress // of a gateway that is opened
	policy    account.Policy
	handed    []account.HandOut
	hang      chan struct{} // a secret is tried until then
	stops     func()        // what Stop does besides
}

const (
	testToken = "canary-access-token"
	testKey   = "canary-gateway-key-5Jq0b2m8XvT1rYk7"
	logoutURL = "https://acme.eu.auth0.com/oidc/logout?client_id=kJ3vX9bQ2mN7pR5tW8yZ1cF4gH6jL0dS"
)

func newAgent() *agent {
	return &agent{
		snapshots: make(chan account.Snapshot), fail: map[string]error{}, profiles: map[string]profile.Profile{},
		done: make(chan error), report: account.SignOutReport{Revoked: true, Deleted: true},
		last: account.Snapshot{
			Keychain: account.Keychain{State: account.KeychainReady},
			Agent:    account.Agent{Version: "v1.0.0", Tray: true, Demo: true, Log: "/home/jane/.local/state/keyfob/log"},
		},
	}
}

func (a *agent) note(call, method string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, call)
	return a.fail[method]
}

// called takes the calls since the last time.
func (a *agent) called() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	calls := a.calls
	a.calls = nil
	return calls
}

func (a *agent) Watch(ctx context.Context, client string) (<-chan account.Snapshot, error) {
	if client != "window" {
		return nil, errors.New("not a window")
	}
	out := make(chan account.Snapshot)
	go func() {
		defer close(out)
		for {
			select {
			case <-ctx.Done():
				return
			case s, ok := <-a.snapshots:
				if !ok {
					return
				}
				out <- s
			}
		}
	}()
	return out, nil
}

func (a *agent) Profile(_ context.Context, id string) (profile.Profile, error) {
	err := a.note("profile "+id, "profile")
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.profiles[id], err
}

func (a *agent) Import(_ context.Context, data []byte, replace bool) error {
	call := "import"
	if replace {
		call = "replace"
	}
	err := a.note(call, "import")
	a.mu.Lock()
	defer a.mu.Unlock()
	a.imported = data
	return err
}

func (a *agent) Remove(_ context.Context, id string) (account.SignOutReport, error) {
	return a.report, a.note("remove "+id, "remove")
}

func (a *agent) Token(_ context.Context, id string, minValid time.Duration) (account.Access, error) {
	err := a.note("token "+id+" "+minValid.String(), "token")
	return account.Access{Token: secret.New(testToken), Type: "Bearer"}, err
}

func (a *agent) SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error {
	call := "sign-in " + id
	if another {
		call += " another"
	}
	if err := a.note(call, "sign-in"); err != nil {
		return err
	}
	if err := open(a.attempt); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-a.done:
		return err
	}
}

func (a *agent) Cancel(_ context.Context, id string) error { return a.note("cancel "+id, "cancel") }

func (a *agent) SignOut(_ context.Context, id string) (account.SignOutReport, error) {
	return a.report, a.note("sign-out "+id, "sign-out")
}

func (a *agent) BrowserLogout(_ context.Context, id string) (string, error) {
	if err := a.note("browser-logout "+id, "browser-logout"); err != nil {
		return "", err
	}
	return logoutURL, nil
}

func (a *agent) SetSecret(ctx context.Context, id string, s secret.Text, untried bool) error {
	call := "secret " + id + " " + s.Reveal()
	if untried {
		call += " untried"
	}
	err := a.note(call, "secret")
	if a.hang != nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-a.hang:
		}
	}
	return err
}

func (a *agent) ForgetSecret(_ context.Context, id string) error {
	return a.note("forget secret "+id, "forget")
}

func (a *agent) OpenGateway(_ context.Context, id string) (account.OpenGateway, error) {
	opened := account.OpenGateway{URL: "http://127.0.0.1:40117", Key: secret.New(testKey), Addresses: a.addresses}
	return opened, a.note("open gateway "+id, "gateway")
}

func (a *agent) CloseGateway(_ context.Context, id string) error {
	return a.note("close gateway "+id, "gateway")
}

func (a *agent) StartDemo(context.Context) error     { return a.note("demo", "demo") }
func (a *agent) UseMemoryOnly(context.Context) error { return a.note("memory only", "memory") }
func (a *agent) RetryKeychain(context.Context) error { return a.note("retry keychain", "retry") }

func (a *agent) Policy(_ context.Context, id string) (account.Policy, error) {
	err := a.note("policy "+id, "policy")
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.policy
	p.Always = slices.Clone(p.Always)
	return p, err
}

func (a *agent) SetPolicy(_ context.Context, id string, p account.Policy) error {
	err := a.note("set policy "+id, "set policy")
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		a.policy = p
	}
	return err
}

func (a *agent) Log(_ context.Context, id string) ([]account.HandOut, error) {
	return a.handed, a.note("log "+id, "log")
}

func (a *agent) Answer(_ context.Context, request string, said account.Answer) error {
	return a.note("answer "+request+" "+string(said), "answer")
}

func (a *agent) Stop(ctx context.Context) error {
	if a.stops != nil {
		a.stops()
		select { // the stream ends before the answer comes
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return a.note("stop", "stop")
}
