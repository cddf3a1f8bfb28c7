package main

import (
	"context"

	"github.com/spf13/cobra"

	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/profile"
)

func (a *app) exportCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "export ID",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.export(cmd.Context(), args[0]) },
	}
}

func (a *app) export(ctx context.Context, id string) error {
	p, err := profileOf(ctx, id)
	if err != nil {
		return err
	}
	data, err := p.Marshal()
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	_, err = a.out.Write(data)
	return err
}

func profileOf(ctx context.Context, id string) (p profile.Profile, err error) {
	err = askAgent(ctx, func(client *client.Client) error {
		p, err = client.Profile(ctx, id)
		return err
	})
	return p, err
}
