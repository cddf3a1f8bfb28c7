package main

import (
	"cmp"
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/words"
	"keyfob/storage"
)

func (a *app) resetCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:  "reset",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.reset(cmd.Context(), yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "")
	return cmd
}

// reset forgets everything. It does nothing before it was confirmed and the keychain is open: a sign-in that cannot be
// read cannot be revoked, and would stay valid at its provider.
func (a *app) reset(ctx context.Context, yes bool) error {
	if !yes && !attended(a.in) {
		return unconfirmed(fault.UnconfirmedReset)
	}
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	client, err := connect(ctx, false) // starts an agent where none runs: only agents write the keychain
	if err != nil {
		return err
	}
	s, err := settled(ctx, client)
	if err != nil {
		return err
	}
	a.showReset(s, places)
	if !yes && a.ask(ctx, words.T("cli.reset.ask")) != "yes" {
		return unconfirmed(fault.UnconfirmedReset)
	}
	if s, err = unlocked(ctx, client, s); err != nil {
		return err
	}
	return a.forget(ctx, client, places, s.Accounts)
}

// showReset prints what will be lost.
func (a *app) showReset(s account.Snapshot, places storage.Places) {
	a.say("cli.reset.everything")
	for _, one := range s.Accounts {
		a.say("cli.reset.account", "id", one.ID, "state", oneLine(words.Status(one).Text))
	}
	a.say("cli.reset.keychain-and-files", "config", places.Config, "state", places.State)
}

// unlocked has a locked keychain ask the person for its password, once for all accounts. A computer without a keychain
// has nothing to unlock.
func unlocked(ctx context.Context, client *client.Client, s account.Snapshot) (account.Snapshot, error) {
	shut := s.Keychain.State == account.KeychainUnusable
	for _, one := range s.Accounts {
		shut = shut || one.Status == account.KeychainLocked
	}
	if !shut {
		return s, nil
	}
	if err := client.RetryKeychain(ctx); err != nil && fault.CodeOf(err) != fault.KeychainMissing {
		return s, err
	}
	return settled(ctx, client)
}

// forget does one step after the other, and goes on after a step that failed. The first failure is the error.
func (a *app) forget(
	ctx context.Context, client *client.Client, places storage.Places, accounts []account.Account,
) error {
	r := newResetting(a, accounts)
	for _, one := range accounts {
		report, err := client.Remove(ctx, one.ID)
		r.removed(one, report, err)
	}
	r.tokens()
	r.keychain(client.ForgetKeychain(ctx))
	if err := stop(ctx, places, client); err != nil { // files that it has open cannot be deleted
		r.step(words.T("cli.reset.agent"), "", err)
		return r.first
	}
	r.step(words.T("cli.reset.agent"), words.T("cli.reset.stopped"), nil)
	r.step(words.T("cli.reset.files"), words.T("cli.reset.deleted"), places.Erase())
	if r.first == nil {
		a.say("cli.reset.done")
	}
	return r.first
}

// resetting prints each step as it is done.
type resetting struct {
	app   *app
	width int       // of the longest name
	until time.Time // the last access token works
	first error
}

func newResetting(a *app, accounts []account.Account) *resetting {
	r := &resetting{app: a, width: utf8.RuneCountInString(words.T("cli.reset.keychain"))}
	for _, one := range accounts {
		r.width = max(r.width, len(one.ID))
	}
	return r
}

// step prints what was done, or why it could not be done.
func (r *resetting) step(name, done string, err error) {
	if err != nil {
		done = words.Of(err).What
		r.failed(err)
	}
	fmt.Fprintf(r.app.out, "%-*s  %s\n", r.width, name, oneLine(done))
}

func (r *resetting) failed(err error) { r.first = cmp.Or(r.first, err) }

// removed is the step of one account. Unless err is set the account is gone, whatever the report says.
func (r *resetting) removed(one account.Account, report account.SignOutReport, err error) {
	if report.ValidUntil.After(r.until) {
		r.until = report.ValidUntil
	}
	switch {
	case err != nil:
		r.step(one.ID, "", err)
	case report.Problem != nil && report.Problem.Code != fault.KeychainMissing:
		r.step(one.ID, words.T("cli.reset.removed-but", "problem", words.Of(report.Problem).What), nil)
		r.failed(report.Problem)
	case report.Revoked:
		r.step(one.ID, words.T("cli.reset.signed-out"), nil)
	case one.Status.HasSession() || one.Status == account.NeedsSignIn:
		r.step(one.ID, words.T("cli.reset.untold"), nil)
	default:
		r.step(one.ID, words.T("cli.reset.removed"), nil)
	}
}

// keychain is the step of the keychain. Over SSH a computer may seem to have none, and have one at its desktop.
func (r *resetting) keychain(err error) {
	if fault.CodeOf(err) == fault.KeychainMissing {
		r.step(words.T("cli.reset.keychain"), words.T("cli.reset.no-keychain"), nil)
		return
	}
	r.step(words.T("cli.reset.keychain"), words.T("cli.reset.keychain-done"), err)
}

// tokens prints until when the last access token works, because a sign-out does not end it.
func (r *resetting) tokens() {
	if now := time.Now(); r.until.After(now) {
		r.step(words.T("cli.reset.tokens"), words.T("cli.reset.token-until", "until", words.Until(r.until, now)), nil)
	}
}
