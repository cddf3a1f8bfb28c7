package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/words"
)

func (a *app) logCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "log [ID]",
		Short: "Show which programs had access tokens, and when",
		Long: `Show which programs had access tokens, of which account, when, and how long the
last one is valid; the latest first. A program that comes again soon shares its
line with the time before. No token is ever written down.`,
		Example: `  keyfob log
  keyfob log acme
  keyfob log --json | jq -r '.[].program.path'`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.log(cmd.Context(), strings.Join(args, ""), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print all that is known of each as JSON")
	return cmd
}

func (a *app) log(ctx context.Context, id string, asJSON bool) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	if id != "" { // a name that is wrong is an error, and not an empty list
		if _, err := client.Policy(ctx, id); err != nil {
			return err
		}
	}
	handed, err := client.Log(ctx, id)
	if err != nil {
		return err
	}
	if asJSON {
		return a.printJSON(handed)
	}
	if len(handed) == 0 {
		fmt.Fprintln(a.err, "No program has had a token yet.")
	}
	return columns(a.out, handedRows(handed, time.Now()))
}

func handedRows(handed []account.HandOut, now time.Time) (rows [][]string) {
	for _, h := range handed {
		rows = append(rows, []string{words.Until(h.Last, now), words.Program(h.Program), h.Account, words.HandOut(h, now)})
	}
	return rows
}
