package ui

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"

	"keyfob/internal/account"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/ui/kit"
	"keyfob/ui/view"
)

// Agent is what the window needs of the one process that holds tokens. *client.Client of the local API is one.
type Agent interface {
	Watch(ctx context.Context, client string) (<-chan account.Snapshot, error)
	Profile(ctx context.Context, id string) (profile.Profile, error)
	Import(ctx context.Context, data []byte, replace bool) error
	Remove(ctx context.Context, id string) (account.SignOutReport, error)
	Token(ctx context.Context, id string, minValid time.Duration) (account.Access, error)
	SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error
	Cancel(ctx context.Context, id string) error
	SignOut(ctx context.Context, id string) (account.SignOutReport, error)
	BrowserLogout(ctx context.Context, id string) (page string, err error)
	SetSecret(ctx context.Context, id string, s secret.Text, untried bool) error
	ForgetSecret(ctx context.Context, id string) error
	OpenGateway(ctx context.Context, id string) (account.OpenGateway, error)
	CloseGateway(ctx context.Context, id string) error
	StartDemo(ctx context.Context) error
	UseMemoryOnly(ctx context.Context) error
	RetryKeychain(ctx context.Context) error
	Policy(ctx context.Context, id string) (account.Policy, error)
	SetPolicy(ctx context.Context, id string, p account.Policy) error
	Log(ctx context.Context, id string) ([]account.HandOut, error)
	Answer(ctx context.Context, request string, a account.Answer) error
	Stop(ctx context.Context) error
}

// Options is what a Window needs; all of it.
type Options struct {
	App fyne.App
	// Connect finds the agent, or starts it. It is called after the first frame.
	Connect func(context.Context) (Agent, error)
	// OpenBrowser starts the person's browser and does not wait for it.
	OpenBrowser func(ctx context.Context, url string) error
	// Check asks the sign-in service of a profile whether it is one.
	Check func(context.Context, profile.Profile) error
	// Call sends a request to the API of an account with its token. waits is told what it waits for.
	Call func(ctx context.Context, id string, c Call, waits func(account.Wait)) (Reply, error)
	// Look tells what can be seen in an access token.
	Look func(token secret.Text) Look
	// Do runs a function on the window system's goroutine, without waiting: fyne.Do.
	Do  func(func())
	Now func() time.Time
	Log *slog.Logger
}

// base is what the window and its sheets share: the frame, the agent and what it said last, the clipboard, and
// tasks that run beside them. All of it belongs to the window system's goroutine, except where something else is said.
type base struct {
	*kit.Frame
	o        Options
	agent    Agent // nil until Connect has answered
	snapshot account.Snapshot
	locals   map[string]*view.Local
	copied   copied
	over     atomic.Bool // the window is closed; nothing is drawn any more

	ctx    context.Context // the callbacks of the window system bring none
	cancel context.CancelFunc
	tasks  sync.WaitGroup
}

// task runs f beside the window. The window waits for it at its end, and ends ctx before.
func (b *base) task(f func(ctx context.Context)) {
	ctx := b.ctx
	b.tasks.Go(func() { f(ctx) })
}

// after runs f on the window system's goroutine in d from now.
func (b *base) after(d time.Duration, f func()) *time.Timer {
	return time.AfterFunc(d, func() { b.do(f) })
}

// do runs f on the window system's goroutine, unless the window is closed by then: at its end Fyne runs what is left
// wherever it stands.
func (b *base) do(f func()) {
	b.o.Do(func() {
		if !b.over.Load() {
			f()
		}
	})
}

// local is what this window alone knows of an account.
func (b *base) local(id string) *view.Local {
	l := b.locals[id]
	if l == nil {
		l = &view.Local{}
		b.locals[id] = l
	}
	return l
}

// nameOf is what an account is called.
func (b *base) nameOf(id string) string {
	a, _ := b.snapshot.Account(id)
	return a.Name
}

// freeID is id, with a number if there is an account of that name.
func (b *base) freeID(id string) string {
	free := id
	for n := 2; ; n++ {
		if _, taken := b.snapshot.Account(free); !taken {
			return free
		}
		free = fmt.Sprintf("%s-%d", id, n)
	}
}
