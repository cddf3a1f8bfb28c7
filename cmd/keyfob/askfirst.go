package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/storage"
)

func (a *app) askFirstCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ask-first ID [on|off]",
		Short: "Have Keyfob ask you before a program gets a token",
		Long: `Show or switch whether Keyfob asks you, in its window, before a program gets a
token of an account, and which programs it does not ask about any more. Everybody
can switch it on; only you can switch it off, in the menu of the account in the
window, because a program could run this command as well. Without a window nobody
can be asked, and every program is refused. Where there never is one, end Keyfob
with keyfob agent stop and delete the account's file; its path is said when it is
switched on.`,
		Example: `  keyfob ask-first acme
  keyfob ask-first acme on
  keyfob ask-first acme --json | jq .ask_first`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: a.completeAskFirst,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.askFirst(cmd.Context(), args[0], append(args, "")[1], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print ask_first, and always (paths of programs), as JSON")
	return cmd
}

// completeAskFirst offers the accounts, and behind one what it can be switched to.
func (a *app) completeAskFirst(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return []string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeIDs(cmd, args, typed)
}

// askFirst shows the policy of an account, switched before where word says so.
func (a *app) askFirst(ctx context.Context, id, word string, asJSON bool) error {
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
		if err := client.SetPolicy(ctx, id, p); err != nil {
			return err
		}
	}
	if on {
		a.tellUnasked(ctx, client, id)
	}
	if asJSON {
		return a.printJSON(p)
	}
	a.sayAskFirst(p)
	return nil
}

// tellUnasked says what "on" means where there is no window, and the way back, which is not the one that a person at
// a window has.
func (a *app) tellUnasked(ctx context.Context, client *client.Client, id string) {
	s, err := client.Status(ctx)
	places, where := storage.DefaultPlaces()
	if err != nil || where != nil || s.Agent.Kind != account.Headless {
		return
	}
	fmt.Fprintf(a.err, "keyfob: Until Keyfob's window is opened here, every program is refused. "+
		"To undo it without one: keyfob agent stop, then delete %s\n", filepath.Join(places.Access(), id+".json"))
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
