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
				return nil // gitcredentials(7) wants unknown operations ignored
			}
			return a.git(cmd.Context(), args[0])
		},
	}
}

// git answers one question. It says nothing where the place is not one of the account: another helper may know it.
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

// answer is a user name with the token as password, which every host of repositories accepts. Some hosts want the name
// that git was given, GitLab wants oauth2, the others look at the token alone. Git 2.46 can send a bearer token: a host
// that asks for one gets it.
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
