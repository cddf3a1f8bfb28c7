package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"keyfob/internal/version"
	"keyfob/internal/words"
)

func newVersion(t *terminal) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:  "version",
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return printVersion(t, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

func printVersion(t *terminal, asJSON bool) error {
	if asJSON {
		return t.printJSON(map[string]string{
			"version": version.Version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
		})
	}
	_, err := fmt.Fprintln(t.out, words.T("cli.version.is", "version", version.Version))
	return err
}
