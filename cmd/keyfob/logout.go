package main

import (
	"cmp"
	"context"
	"os"

	"github.com/spf13/cobra"

	"keyfob/internal/browse"
	"keyfob/internal/detach"
	"keyfob/internal/localapi/client"
)

func newLogout(t *terminal) *cobra.Command {
	var browser bool
	cmd := forAccount("logout", func(ctx context.Context, id string) error { return logout(ctx, t, id, browser) })
	cmd.Flags().BoolVar(&browser, "browser", false, "")
	return cmd
}

// logout signs out in Keyfob first, and then in the browser where that is wished. The first error decides the exit
// code.
func logout(ctx context.Context, t *terminal, id string, browser bool) error {
	c, err := connect(ctx, false)
	if err != nil {
		return err
	}
	report, err := c.SignOut(ctx, id)
	if err != nil {
		return err
	}
	problem := printSignOut(t, id, report)
	if !browser {
		return problem
	}
	err = logoutInBrowser(ctx, t, c, id)
	if problem != nil && err != nil {
		t.note(err)
	}
	return cmp.Or(problem, err)
}

// logoutInBrowser opens the provider's logout page, which ends the session in the browser. The provider may ask the
// person first, and does not tell Keyfob the answer. Without a desktop session it only prints the link, since a
// browser in a terminal has no such session.
func logoutInBrowser(ctx context.Context, t *terminal, c *client.Client, id string) error {
	page, err := c.BrowserLogout(ctx, id)
	if err != nil {
		return err
	}
	t.print("cli.logout.link", "url", page)
	if !desktopSession(os.Getenv) {
		return nil
	}
	detach.Forget() // the browser stays when we have ended
	if err := browse.Open(ctx, page); err != nil && ctx.Err() == nil {
		t.note(err)
	}
	return nil
}
