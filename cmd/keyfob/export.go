package main

import (
	"context"

	"github.com/spf13/cobra"

	"keyfob/internal/fault"
)

func newExport(t *terminal) *cobra.Command {
	return forAccount("export", func(ctx context.Context, id string) error { return export(ctx, t, id) })
}

// export prints the profile of an account.
func export(ctx context.Context, t *terminal, id string) error {
	p, err := profileOf(ctx, id)
	if err != nil {
		return err
	}
	data, err := p.Marshal()
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	_, err = t.out.Write(data)
	return err
}
