package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/browse"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/words"
)

// longWait is when a person is told why nothing may be happening. A provider that does not know our callback address
// shows an error in the browser, and tells us nothing.
const longWait = 20 * time.Second

type loginOptions struct {
	noBrowser, memoryOnly, another bool
}

func (a *app) loginCommand() *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:               "login ID",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.login(cmd.Context(), args[0], o)
		},
	}
	cmd.Flags().BoolVar(&o.noBrowser, "no-browser", false, "")
	cmd.Flags().BoolVar(&o.another, "another-account", false, "")
	cmd.Flags().BoolVar(&o.memoryOnly, "memory-only", false, "")
	return cmd
}

func (a *app) login(ctx context.Context, id string, o loginOptions) error {
	client, err := connect(ctx, o.memoryOnly)
	if err != nil {
		return err
	}
	if o.memoryOnly {
		if err := client.UseMemoryOnly(ctx); err != nil {
			return err
		}
	}
	err = a.signIn(ctx, client, id, o)
	if fault.CodeOf(err) == fault.KeychainLocked {
		// A person is here, so the keychain may ask them to unlock it.
		if err = client.RetryKeychain(ctx); err == nil {
			err = a.signIn(ctx, client, id, o)
		}
	}
	if err != nil {
		return err
	}
	return a.greet(ctx, client, id)
}

// attempter is the part of *agent.Client that signIn needs.
type attempter interface {
	SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error
	Cancel(ctx context.Context, id string) error
}

// signIn has a person sign in, and prints what it waits for. Ctrl-C ends the attempt too, and not only the waiting.
func (a *app) signIn(ctx context.Context, client attempter, id string, o loginOptions) error {
	attempts, opened, done := make(chan account.Attempt), make(chan error, 1), make(chan error, 1)
	go func() {
		done <- client.SignIn(ctx, id, o.another, func(at account.Attempt) error { attempts <- at; return nil })
	}()
	var at account.Attempt
	var nothing <-chan time.Time
	for {
		select {
		case at = <-attempts:
			a.say("cli.login.link", "url", at.URL)
			nothing = time.After(longWait)
			if !o.noBrowser { // some openers run as long as the browser does
				go func() { opened <- browse.Open(ctx, at.URL) }()
			}
		case err := <-opened:
			if err != nil && ctx.Err() == nil {
				a.note(err)
			}
		case <-nothing:
			a.say("cli.login.nothing", "address", at.RedirectURI)
		case err := <-done:
			if err == nil || ctx.Err() == nil {
				return err
			}
			a.cancel(ctx, client, id)
			return fault.New(fault.SignInCancelled)
		}
	}
}

// cancel ends an attempt, although ctx has ended.
func (a *app) cancel(ctx context.Context, client attempter, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = client.Cancel(ctx, id) // the attempt or the agent is gone: there is nothing more to do
}

// greet prints who is signed in now, and the notices of the account.
func (a *app) greet(ctx context.Context, client *client.Client, id string) error {
	s, err := client.Status(ctx)
	if err != nil {
		return err
	}
	who, ok := s.Account(id)
	if !ok {
		return fault.New(fault.ProfileUnknown, "id", id)
	}
	line := words.Status(who)
	fmt.Fprintln(a.out, a.mark(line.Tone), line.Text)
	for _, notice := range who.Notices {
		a.note(notice)
	}
	return nil
}

// note prints what a person should know, where the command goes on.
func (a *app) note(err error) {
	m := words.Of(err)
	a.tell("cli.note", "what", indented(m.What), "next", indented(m.Next))
}
