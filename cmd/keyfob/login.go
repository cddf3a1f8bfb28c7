package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/browse"
	"keyfob/internal/detach"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/words"
)

// longWait is when a person is told why nothing may be happening. A provider that does not know the callback address
// shows an error in the browser, and Keyfob hears nothing of it.
const longWait = 20 * time.Second

// loginRun is one run of keyfob login.
type loginRun struct {
	t *terminal

	noBrowser, memoryOnly, another bool
}

func newLogin(t *terminal) *cobra.Command {
	l := &loginRun{t: t}
	cmd := forAccount("login", l.login)
	cmd.Flags().BoolVar(&l.noBrowser, "no-browser", false, "")
	cmd.Flags().BoolVar(&l.another, "another-account", false, "")
	cmd.Flags().BoolVar(&l.memoryOnly, "memory-only", false, "")
	return cmd
}

// login signs the person in and prints who they are.
func (l *loginRun) login(ctx context.Context, id string) error {
	c, err := connect(ctx, l.memoryOnly)
	if err != nil {
		return err
	}
	if l.memoryOnly {
		if err := c.UseMemoryOnly(ctx); err != nil {
			return err
		}
	}
	detach.Forget() // the browser stays when we have ended
	err = l.signIn(ctx, c, id)
	if fault.CodeOf(err) == fault.KeychainLocked {
		// A person is here, so the keychain may ask them to unlock it.
		if err = c.RetryKeychain(ctx); err == nil {
			err = l.signIn(ctx, c, id)
		}
	}
	if err != nil {
		return err
	}
	return l.printSignedIn(ctx, c, id)
}

// attempter is the part of client.Client that signIn needs.
type attempter interface {
	SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error
	Cancel(ctx context.Context, id string) error
}

// signIn has the person sign in, and prints what it waits for. Ctrl-C cancels the attempt, and not only the wait.
func (l *loginRun) signIn(ctx context.Context, c attempter, id string) error {
	attempts, opened, done := make(chan account.Attempt), make(chan error, 1), make(chan error, 1)
	go func() {
		done <- c.SignIn(ctx, id, l.another, func(at account.Attempt) error { attempts <- at; return nil })
	}()
	var at account.Attempt
	var long <-chan time.Time
	for {
		select {
		case at = <-attempts:
			l.t.print("cli.login.link", "url", at.URL)
			long = time.After(longWait)
			if !l.noBrowser { // some openers run for as long as the browser does
				go func() { opened <- browse.Open(ctx, at.URL) }()
			}
		case err := <-opened:
			if err != nil && ctx.Err() == nil {
				l.t.note(err)
			}
		case <-long:
			l.t.print("cli.login.nothing", "address", at.RedirectURI)
		case err := <-done:
			if err == nil || ctx.Err() == nil {
				return err
			}
			cancelAttempt(ctx, c, id)
			return fault.New(fault.SignInCancelled)
		}
	}
}

// cancelAttempt cancels an attempt after ctx has ended.
func cancelAttempt(ctx context.Context, c attempter, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = c.Cancel(ctx, id) // the attempt or the agent may have ended already
}

// printSignedIn prints who is signed in now, with the notices of the account.
func (l *loginRun) printSignedIn(ctx context.Context, c *client.Client, id string) error {
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	one, ok := s.Account(id)
	if !ok {
		return fault.New(fault.ProfileUnknown, "id", id)
	}
	state := words.Status(one)
	fmt.Fprintln(l.t.out, l.t.mark(state.Tone), state.Text)
	for _, notice := range one.Notices {
		l.t.note(notice)
	}
	return nil
}
