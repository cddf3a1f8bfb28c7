package session

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/keychain"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/slots"
	"keyfob/oauthflow"
)

// Profiles keeps profile files by id. Load and Delete answer fs.ErrNotExist where there is none.
type Profiles interface {
	slots.Store
	List(ctx context.Context) ([]string, error)
}

// Flow speaks to providers: the methods of *oauthflow.Client that are needed here.
type Flow interface {
	Prepare(ctx context.Context, p profile.Profile) error
	SignIn(ctx context.Context, p profile.Profile, o oauthflow.SignInOptions, open func(account.Attempt) error) (
		*oauthflow.Tokens, error)
	Refresh(ctx context.Context, p profile.Profile, g oauthflow.Grant, keep func(context.Context, secret.Text) error) (
		*oauthflow.Tokens, error)
	Revoke(ctx context.Context, p profile.Profile, refresh secret.Text) error
	LogoutURL(ctx context.Context, p profile.Profile) (string, error)
	ClientToken(ctx context.Context, p profile.Profile, s secret.Text) (*oauthflow.Tokens, error)
	CloseIdle()
}

// Options say what a Keeper works with.
type Options struct {
	Flow     Flow
	Keychain keychain.System
	// Memory takes the place of the keychain where a person chose to keep sessions in memory only.
	Memory     slots.Store
	MemoryOnly bool // that choice, made at the start
	Profiles   Profiles
	// Secrets are those of clients, by id, that came with the program's start: they and their tokens stay in memory.
	Secrets map[string]secret.Text
	// Interactive marks a context in which the keychain may ask the person something; nil: it never may.
	Interactive func(context.Context) context.Context
	Changed     func()           // is told of every change that a face shows, with locks held; nil: nobody is
	Log         *slog.Logger     // nil: none
	Now         func() time.Time // nil: time.Now
	Rand        func() float64   // in [0,1), for jitter; nil: math/rand/v2
}

// filled is o with something in every place that may be left empty.
func (o Options) filled() Options {
	if o.Interactive == nil {
		o.Interactive = func(ctx context.Context) context.Context { return ctx }
	}
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	return o
}
