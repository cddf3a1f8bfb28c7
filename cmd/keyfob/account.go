package main

import (
	"context"

	"github.com/spf13/cobra"

	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/profile"
	"keyfob/storage"
)

// forAccount is a command about one account, which is its only argument.
func forAccount(name string, do func(ctx context.Context, id string) error) *cobra.Command {
	return &cobra.Command{
		Use:               name + " ID",
		Args:              oneID,
		ValidArgsFunction: completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return do(cmd.Context(), args[0]) },
	}
}

// oneID takes the one id that most commands are about.
func oneID(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return misused(fault.UsageNeedsAccount, "command", cmd.CommandPath())
	case 1:
		return nil
	}
	return misused(fault.UsageOneAccount)
}

// completeIDs offers the ids of the accounts to the shell. It asks an agent that runs already, and starts none.
func completeIDs(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	const none = cobra.ShellCompDirectiveNoFileComp
	if len(args) > 0 {
		return nil, none
	}
	places, err := storage.DefaultPlaces()
	if err != nil {
		return nil, none
	}
	s, err := client.New(places.Socket()).Status(cmd.Context())
	if err != nil {
		return nil, none
	}
	var ids []string
	for _, account := range s.Accounts {
		ids = append(ids, cobra.CompletionWithDesc(account.ID, account.Name))
	}
	return ids, none
}

// profileOf is the profile of an account, as the agent has it.
func profileOf(ctx context.Context, id string) (p profile.Profile, err error) {
	err = askAgent(ctx, func(c *client.Client) error {
		p, err = c.Profile(ctx, id)
		return err
	})
	return p, err
}
