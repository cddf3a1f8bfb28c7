package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"keyfob/account"
	"keyfob/words"
)

func (a *app) logoutCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "logout ID",
		Short:             "Sign out: revoke the sign-in and forget it",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.logout(cmd.Context(), args[0]) },
	}
}

func (a *app) logout(ctx context.Context, id string) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	report, err := client.SignOut(ctx, id)
	if err != nil {
		return err
	}
	return a.signedOut(id, report)
}

// signedOut tells honestly what a sign-out did. What it could not do decides the exit code.
func (a *app) signedOut(id string, report account.SignOutReport) error {
	if report.Deleted {
		fmt.Fprintf(a.out, "Signed out of %s.\n", id)
	}
	if now := time.Now(); report.ValidUntil.After(now) {
		fmt.Fprintf(a.out, "The last access token works until %s.\n", words.Until(report.ValidUntil, now))
	}
	if report.Problem != nil {
		return report.Problem
	}
	return nil
}
