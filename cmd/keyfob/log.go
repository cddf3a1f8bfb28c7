package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/words"
)

func (a *app) logCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "log [ID]",
		Args:              oneArgument,
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.log(cmd.Context(), strings.Join(args, ""), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

func (a *app) log(ctx context.Context, id string, asJSON bool) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	if id != "" { // a wrong name is an error, and no empty list
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
		a.tell("cli.log.none")
	}
	return columns(a.out, handedRows(handed, time.Now()))
}

func handedRows(handed []account.HandOut, now time.Time) (rows [][]string) {
	for _, h := range handed {
		rows = append(rows, []string{words.Until(h.Last, now), words.Program(h.Program), h.Account, words.HandOut(h, now)})
	}
	return rows
}
