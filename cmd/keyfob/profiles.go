package main

import (
	"context"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
)

func (a *app) profilesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:  "profiles",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.profiles(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

func (a *app) profiles(ctx context.Context, asJSON bool) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	s, err := settled(ctx, client)
	if err != nil {
		return err
	}
	if asJSON {
		return a.printJSON(listed(s))
	}
	if len(s.Accounts) == 0 {
		a.tell("cli.no-accounts")
	}
	var rows [][]string
	for _, account := range s.Accounts {
		rows = append(rows, []string{account.ID, account.Name, account.Host})
	}
	return columns(a.out, rows)
}

// listed are the accounts for a program to read: what they are, and not how they are.
func listed(s account.Snapshot) any {
	type entry struct {
		ID     string `json:"id"`
		Name   string `json:"name"`
		Issuer string `json:"issuer,omitempty"`
		Host   string `json:"host"`
	}
	entries := make([]entry, len(s.Accounts))
	for i, one := range s.Accounts {
		entries[i] = entry{one.ID, one.Name, one.Issuer, one.Host}
	}
	return entries
}
