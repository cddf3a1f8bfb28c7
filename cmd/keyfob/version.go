package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"keyfob/internal/version"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(a.out, "keyfob", version.Version)
			return err
		},
	}
}
