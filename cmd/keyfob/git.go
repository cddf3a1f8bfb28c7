package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

func newGit(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use: "git ID OPERATION",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return misused(fault.UsageGitArguments)
			}
			return nil
		},
		ValidArgsFunction: completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[1] != "get" {
				return nil // gitcredentials(7): a helper ignores operations that it does not know
			}
			return answerGit(cmd.Context(), t, args[0])
		},
	}
}

// answerGit answers one question of git. Where it asks for a host that is not the account's, nothing is printed, so
// that git asks its other helpers.
func answerGit(ctx context.Context, t *terminal, id string) error {
	q, err := readGitQuestion(t.in)
	if err != nil {
		return err
	}
	p, err := profileOf(ctx, id)
	if err != nil || q.protocol != "https" || !p.Receives(q.url()) {
		return err
	}
	a, err := bearerToken(ctx, t, id, defaultTTL)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(t.out, q.answer(a))
	return err
}

// answer is a user name with the token as its password, which all hosts of repositories take. Some hosts want the
// user name that git was given, GitLab wants "oauth2", and the others look at the token alone. Where the host asks
// for a bearer token, and this git can send one (since 2.46), the answer is a bearer token.
func (q gitQuestion) answer(a account.Access) string {
	token, end := a.Token.Reveal(), ""
	if !a.Expiry.IsZero() {
		end = fmt.Sprintf("password_expiry_utc=%d\n", a.Expiry.Unix())
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
