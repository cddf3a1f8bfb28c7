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
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return a.showAskFirst(cmd.Context(), args[0])
			}
			on, known := map[string]bool{"on": true, "off": false}[args[1]]
			if !known {
				return fault.New(fault.BadUsage, "reason", "it is on or off")
			}
			return a.setAskFirst(cmd.Context(), args[0], on)
		},
	}
}

func (a *app) showAskFirst(ctx context.Context, id string) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	p, err := client.Policy(ctx, id)
	if err != nil {
		return err
	}
	a.sayAskFirst(p)
	return nil
}

func (a *app) setAskFirst(ctx context.Context, id string, on bool) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	p, err := client.Policy(ctx, id)
	if err != nil {
		return err
	}
	p.AskFirst = on
	if err := client.SetPolicy(ctx, id, p); err != nil {
		return err
	}
	a.sayAskFirst(p)
	return nil
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
