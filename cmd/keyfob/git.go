package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

func (a *app) gitCommand() *cobra.Command {
	return &cobra.Command{
		Use: "git ID OPERATION",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return misused(fault.UsageGitArguments)
			}
			return nil
		},
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[1] != "get" {
				return nil // also what git may ask in years to come: gitcredentials(7) wants it ignored
			}
			return a.git(cmd.Context(), args[0])
		},
	}
}

// git answers one question. A place that is not the account's is left to other helpers, without a word.
func (a *app) git(ctx context.Context, id string) error {
	q, err := readGitQuestion(a.in)
	if err != nil {
		return err
	}
	p, err := profileOf(ctx, id)
	if err != nil || q.protocol != "https" || !p.Receives(q.url()) {
		return err
	}
	access, err := a.access(ctx, id, defaultTTL)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(a.out, q.answer(access))
	return err
}

// answer is a user name with the token as password, which every host of repositories takes: some of them want the name
// that git was given, GitLab wants this one, the others look at the token alone. A host that asks for a bearer token,
// of a git that can send one (2.46), gets it as that.
func (q gitQuestion) answer(access account.Access) string {
	token, end := access.Token.Reveal(), ""
	if !access.Expiry.IsZero() {
		end = fmt.Sprintf("password_expiry_utc=%d\n", access.Expiry.Unix())
	}
	if q.bearer() {
		return "capability[]=authtype\nauthtype=Bearer\nephemeral=1\ncredential=" + token + "\n" + end
	}
	name := q.username
	if name == "" {
		name = "oauth2"
	}
	return "username=" + name + "\npassword=" + token + "\n" + end
}
