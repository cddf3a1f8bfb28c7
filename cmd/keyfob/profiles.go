package main

import (
	"context"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
)

func newProfiles(t *terminal) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:  "profiles",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return printProfiles(cmd.Context(), t, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

func printProfiles(ctx context.Context, t *terminal, asJSON bool) error {
	c, err := connect(ctx, false)
	if err != nil {
		return err
	}
	s, err := settled(ctx, c)
	if err != nil {
		return err
	}
	if asJSON {
		return t.printJSON(profileList(s))
	}
	if len(s.Accounts) == 0 {
		t.printErr("cli.no-accounts")
	}
	var rows [][]string
	for _, account := range s.Accounts {
		rows = append(rows, []string{account.ID, account.Name, account.Host})
	}
	return columns(t.out, rows)
}

// profileList is the accounts for a program to read: their profiles, without their states.
func profileList(s account.Snapshot) any {
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
