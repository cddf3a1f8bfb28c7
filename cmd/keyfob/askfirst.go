package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"keyfob/account"
	"keyfob/internal/fault"
)

func (a *app) askFirstCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "ask-first ID [on|off]",
		Short: "Have Keyfob ask you before a program gets a token",
		Long: `Show or switch whether Keyfob asks you, in its window, before a program gets a
token of an account, and which programs it does not ask about any more. Everybody
can switch it on; only you can switch it off, in the menu of the account in the
window, because a program could run this command as well. Without a window nobody
can be asked, and every program is refused.`,
		Example: `  keyfob ask-first acme
  keyfob ask-first acme on`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: a.completeAskFirst,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.askFirst(cmd.Context(), args[0], append(args, "")[1])
		},
	}
}

// completeAskFirst offers the accounts, and behind one what it can be switched to.
func (a *app) completeAskFirst(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return []string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeIDs(cmd, args, typed)
}

// askFirst shows the policy of an account, switched before where word says so.
func (a *app) askFirst(ctx context.Context, id, word string) error {
	on, known := map[string]bool{"on": true, "off": false}[word]
	if !known && word != "" {
		return fault.New(fault.BadUsage, "reason", "it is on or off")
	}
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	p, err := client.Policy(ctx, id)
	if err != nil {
		return err
	}
	if known {
		p.AskFirst = on
		err = client.SetPolicy(ctx, id, p)
	}
	if err == nil {
		a.sayAskFirst(p)
	}
	return err
}

func (a *app) sayAskFirst(p account.Policy) {
	if !p.AskFirst {
		fmt.Fprintln(a.out, "off: every program of yours gets a token")
		return
	}
	fmt.Fprintln(a.out, "on: Keyfob asks you before a program gets a token")
	for _, path := range p.Always {
		fmt.Fprintln(a.out, "  not about "+path)
	}
}
