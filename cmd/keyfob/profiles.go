package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) profilesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "profiles",
		Short: "List the accounts and where they sign in",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.profiles(cmd.Context()) },
	}
}

func (a *app) profiles(ctx context.Context) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	s, err := settled(ctx, client)
	if err != nil {
		return err
	}
	if len(s.Accounts) == 0 {
		fmt.Fprintln(a.err, noAccounts)
	}
	var rows [][]string
	for _, account := range s.Accounts {
		rows = append(rows, []string{account.ID, account.Name, account.Host})
	}
	columns(a.out, rows)
	return nil
}

const noAccounts = "There is no account yet. Add one: keyfob import FILE"
