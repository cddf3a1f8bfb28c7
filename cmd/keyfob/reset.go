package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

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
		Use:   "reset",
		Short: "Forget everything: sign-ins, accounts, log",
		Long: `Forget everything: sign out of all accounts and tell their services, delete what
Keyfob has in the keychain and all of its files, and stop the agent. Each step
says what was done and what was not. Profile files that you keep elsewhere stay.`,
		Example: `  keyfob reset`,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.reset(cmd.Context(), yes) },
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// reset forgets everything, and nothing before it was confirmed and the keychain is open: sign-ins that cannot be read
// could not be revoked, and would live on at their services with nobody who knows of them.
func (a *app) reset(ctx context.Context, yes bool) error {
	unconfirmed := fault.New(fault.Unconfirmed, "what", "forgetting everything")
	if !yes && !attended(a.in) {
		return unconfirmed
	}
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	client, err := connect(ctx, false) // also where nobody was: only an agent writes the keychain
	if err != nil {
		return err
	}
	s, err := settled(ctx, client)
	if err != nil {
		return err
	}
	a.showReset(s, places)
	if !yes && a.ask(ctx, "Type yes to forget all of it: ") != "yes" {
		return unconfirmed
	}
	if s, err = unlocked(ctx, client, s); err != nil {
		return err
	}
	return a.forget(ctx, client, places, s.Accounts)
}

// showReset shows what there is to lose.
func (a *app) showReset(s account.Snapshot, places storage.Places) {
	fmt.Fprintln(a.out, "Keyfob forgets everything on this computer:")
	for _, one := range s.Accounts {
		fmt.Fprintf(a.out, "  the account %s: %s\n", one.ID, oneLine(words.Status(one).Text))
	}
	fmt.Fprintf(a.out, "  all that the keychain has under keyfob\n  %s\n  %s\n", places.Config, places.State)
}

// unlocked has the keychain ask the person where it is locked, once for all accounts. A computer without a keychain has
// nothing to unlock.
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

// forget takes the steps one after the other, and goes on after one that failed. The first failure is the error.
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
	if err := stop(ctx, places, client); err != nil { // what it has open cannot be deleted
		r.step("agent", "", err)
		return r.first
	}
	r.step("agent", "stopped", nil)
	r.step("files", "deleted", places.Erase())
	if r.first == nil {
		fmt.Fprintln(a.out, "Keyfob has forgotten everything.")
	}
	return r.first
}

// resetting tells of each step as it is done.
type resetting struct {
	app   *app
	width int       // of the longest name
	until time.Time // the last access token works
	first error
}

func newResetting(a *app, accounts []account.Account) *resetting {
	r := &resetting{app: a, width: len("keychain")}
	for _, one := range accounts {
		r.width = max(r.width, len(one.ID))
	}
	return r
}

// step says what was done, or in words why not.
func (r *resetting) step(name, done string, err error) {
	if err != nil {
		done = words.Of(err).What
		r.failed(err)
	}
	fmt.Fprintf(r.app.out, "%-*s  %s\n", r.width, name, oneLine(done))
}

func (r *resetting) failed(err error) { r.first = cmp.Or(r.first, err) }

// removed is the step of one account. It is gone whatever the report says, unless there is an error.
func (r *resetting) removed(one account.Account, report account.SignOutReport, err error) {
	if report.ValidUntil.After(r.until) {
		r.until = report.ValidUntil
	}
	switch {
	case err != nil:
		r.step(one.ID, "", err)
	case report.Problem != nil && report.Problem.Code != fault.KeychainMissing:
		r.step(one.ID, "removed. "+words.Of(report.Problem).What, nil)
		r.failed(report.Problem)
	case report.Revoked:
		r.step(one.ID, "signed out and removed", nil)
	case one.Status.HasSession() || one.Status == account.NeedsSignIn:
		r.step(one.ID, "signed out here and removed; its service has no way to be told", nil)
	default:
		r.step(one.ID, "removed", nil)
	}
}

// keychain is the step that a computer without a keychain has not. There may be one all the same, as over SSH.
func (r *resetting) keychain(err error) {
	if fault.CodeOf(err) == fault.KeychainMissing {
		r.step("keychain", "there is none here; if your desktop has one, reset Keyfob there as well", nil)
		return
	}
	r.step("keychain", "everything under keyfob is deleted", err)
}

// tokens says until when the last access token works: no sign-out ends it.
func (r *resetting) tokens() {
	if now := time.Now(); r.until.After(now) {
		r.step("tokens", "the last one works until "+words.Until(r.until, now), nil)
	}
}
