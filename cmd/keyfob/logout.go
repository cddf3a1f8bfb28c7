package main

import (
	"cmp"
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/browse"
	"keyfob/internal/localapi/client"
	"keyfob/internal/words"
)

func (a *app) logoutCommand() *cobra.Command {
	var browser bool
	cmd := &cobra.Command{
		Use:               "logout ID",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.logout(cmd.Context(), args[0], browser) },
	}
	cmd.Flags().BoolVar(&browser, "browser", false, "")
	return cmd
}

// logout signs out here first, whatever happens in the browser. The first failure decides the exit code.
func (a *app) logout(ctx context.Context, id string, browser bool) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	report, err := client.SignOut(ctx, id)
	if err != nil {
		return err
	}
	problem := a.signedOut(id, report)
	if !browser {
		return problem
	}
	err = a.endInBrowser(ctx, client, id)
	if problem != nil && err != nil {
		a.note(err)
	}
	return cmp.Or(problem, err)
}

// endInBrowser opens the page of the provider that ends the browser's session. The provider may ask first, and does not
// tell us the answer. Without a desktop only the link is printed: a browser in the terminal has no such session.
func (a *app) endInBrowser(ctx context.Context, client *client.Client, id string) error {
	page, err := client.BrowserLogout(ctx, id)
	if err != nil {
		return err
	}
	a.say("cli.logout.link", "url", page)
	if !desktopSession(os.Getenv) {
		return nil
	}
	if err := browse.Open(ctx, page); err != nil && ctx.Err() == nil {
		a.note(err)
	}
	return nil
}

// signedOut prints what a sign-out did. What it could not do is the error.
func (a *app) signedOut(id string, report account.SignOutReport) error {
	if report.Deleted {
		a.say("cli.signed-out", "id", id)
	}
	if now := time.Now(); report.ValidUntil.After(now) {
		a.say("cli.token-until", "until", words.Until(report.ValidUntil, now))
	}
	if report.Problem != nil {
		return report.Problem
	}
	return nil
}
