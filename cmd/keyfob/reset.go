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

func newReset(t *terminal) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:  "reset",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return reset(cmd.Context(), t, yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "")
	return cmd
}

// reset forgets everything. It forgets nothing before that is confirmed and the keychain is open: sign-ins that
// cannot be read cannot be revoked, and would live on at their providers.
func reset(ctx context.Context, t *terminal, yes bool) error {
	if !yes && !isTerminal(t.in) {
		return unconfirmed(fault.UnconfirmedReset)
	}
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	c, err := connect(ctx, false) // starts an agent where none runs, since only an agent writes the keychain
	if err != nil {
		return err
	}
	s, err := settled(ctx, c)
	if err != nil {
		return err
	}
	printLosses(t, s, places)
	if !yes && t.ask(ctx, words.T("cli.reset.ask")) != "yes" {
		return unconfirmed(fault.UnconfirmedReset)
	}
	if s, err = unlock(ctx, c, s); err != nil {
		return err
	}
	return forget(ctx, t, c, places, s.Accounts)
}

// printLosses prints what there is to lose.
func printLosses(t *terminal, s account.Snapshot, places storage.Places) {
	t.print("cli.reset.everything")
	for _, one := range s.Accounts {
		t.print("cli.reset.account", "id", one.ID, "state", oneLine(words.Status(one).Text))
	}
	t.print("cli.reset.keychain-and-files", "config", places.Config, "state", places.State)
}

// unlock has the keychain ask the person where it is locked, once for all accounts. A computer without a keychain has
// nothing to unlock.
func unlock(ctx context.Context, c *client.Client, s account.Snapshot) (account.Snapshot, error) {
	locked := s.Keychain.State == account.KeychainUnusable
	for _, one := range s.Accounts {
		locked = locked || one.Status == account.KeychainLocked
	}
	if !locked {
		return s, nil
	}
	if err := c.RetryKeychain(ctx); err != nil && fault.CodeOf(err) != fault.KeychainMissing {
		return s, err
	}
	return settled(ctx, c)
}

// forget takes one step after the other, and goes on after one that failed. The error is that of the first that
// failed.
func forget(
	ctx context.Context, t *terminal, c *client.Client, places storage.Places, accounts []account.Account,
) error {
	steps := newResetSteps(t, accounts)
	for _, one := range accounts {
		report, err := c.Remove(ctx, one.ID)
		steps.removed(one, report, err)
	}
	steps.tokens()
	steps.keychain(c.ForgetKeychain(ctx))
	if err := stop(ctx, places, c); err != nil { // files that the agent has open cannot be deleted
		steps.print(words.T("cli.reset.agent"), "", err)
		return steps.first
	}
	steps.print(words.T("cli.reset.agent"), words.T("cli.reset.stopped"), nil)
	steps.print(words.T("cli.reset.files"), words.T("cli.reset.deleted"), places.Erase())
	if steps.first == nil {
		t.print("cli.reset.done")
	}
	return steps.first
}

// resetSteps prints each step as it is done.
type resetSteps struct {
	t     *terminal
	width int       // of the longest name
	until time.Time // until when the last access token works
	first error     // of the first step that failed
}

func newResetSteps(t *terminal, accounts []account.Account) *resetSteps {
	s := &resetSteps{t: t, width: utf8.RuneCountInString(words.T("cli.reset.keychain"))}
	for _, one := range accounts {
		s.width = max(s.width, len(one.ID))
	}
	return s
}

// print prints what was done in a step, or why it failed.
func (r *resetSteps) print(name, done string, err error) {
	if err != nil {
		done = words.Of(err).What
		r.failed(err)
	}
	fmt.Fprintf(r.t.out, "%-*s  %s\n", r.width, name, oneLine(done))
}

func (r *resetSteps) failed(err error) { r.first = cmp.Or(r.first, err) }

// removed is the step of one account. Without an error the account is gone, whatever the report says.
func (r *resetSteps) removed(one account.Account, report account.SignOutReport, err error) {
	if report.ValidUntil.After(r.until) {
		r.until = report.ValidUntil
	}
	switch {
	case err != nil:
		r.print(one.ID, "", err)
	case report.Problem != nil && report.Problem.Code != fault.KeychainMissing:
		r.print(one.ID, words.T("cli.reset.removed-but", "problem", words.Of(report.Problem).What), nil)
		r.failed(report.Problem)
	case report.Revoked:
		r.print(one.ID, words.T("cli.reset.signed-out"), nil)
	case one.Status.HasSession() || one.Status == account.NeedsSignIn:
		r.print(one.ID, words.T("cli.reset.untold"), nil)
	default:
		r.print(one.ID, words.T("cli.reset.removed"), nil)
	}
}

// keychain is the step of the keychain. That none can be seen is no failure: over SSH there may still be one.
func (r *resetSteps) keychain(err error) {
	if fault.CodeOf(err) == fault.KeychainMissing {
		r.print(words.T("cli.reset.keychain"), words.T("cli.reset.no-keychain"), nil)
		return
	}
	r.print(words.T("cli.reset.keychain"), words.T("cli.reset.keychain-done"), err)
}

// tokens says until when the last access token works, since a sign-out does not end it.
func (r *resetSteps) tokens() {
	if now := time.Now(); r.until.After(now) {
		r.print(words.T("cli.reset.tokens"), words.T("cli.reset.token-until", "until", words.Until(r.until, now)), nil)
	}
}
