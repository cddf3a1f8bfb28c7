package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/words"
)

func newLog(t *terminal) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "log [ID]",
		Args:              oneArgument,
		ValidArgsFunction: completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return printLog(cmd.Context(), t, optional(args), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

// printLog prints which programs got tokens: of all accounts, or of the one with that id.
func printLog(ctx context.Context, t *terminal, id string, asJSON bool) error {
	c, err := connect(ctx, false)
	if err != nil {
		return err
	}
	if id != "" { // an unknown id is an error, and not an empty list
		if _, err := c.Policy(ctx, id); err != nil {
			return err
		}
	}
	handOuts, err := c.Log(ctx, id)
	if err != nil {
		return err
	}
	if asJSON {
		return t.printJSON(handOuts)
	}
	if len(handOuts) == 0 {
		t.printErr("cli.log.none")
	}
	return columns(t.out, logRows(handOuts, time.Now()))
}

func logRows(handOuts []account.HandOut, now time.Time) (rows [][]string) {
	for _, h := range handOuts {
		rows = append(rows, []string{
			words.Until(h.Last, now), words.Program(h.Program), h.Account, words.HandOut(h, now),
		})
	}
	return rows
}
