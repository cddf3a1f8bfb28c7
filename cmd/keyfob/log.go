package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keyfob/account"
	"keyfob/words"
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
	columns(a.out, handedRows(handed, time.Now()))
	return nil
}

func handedRows(handed []account.HandOut, now time.Time) (rows [][]string) {
	for _, h := range handed {
		rows = append(rows, []string{words.Until(h.Last, now), words.Program(h.Program), h.Account, handedWords(h, now)})
	}
	return rows
}

// handedWords is what a program got: "refused", "1 token, valid until 14:05", "12 tokens since 13:40".
func handedWords(h account.HandOut, now time.Time) string {
	text := "1 token"
	switch {
	case h.Refused:
		return "refused"
	case h.Count > 1:
		text = strconv.Itoa(h.Count) + " tokens since " + words.Until(h.First, now)
	}
	if h.Until.After(now) {
		text += ", valid until " + words.Until(h.Until, now)
	}
	return text
}
