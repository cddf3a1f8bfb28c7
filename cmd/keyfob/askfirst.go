package main

import (
	"context"
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
		Use:               "ask-first ID [on|off]",
		Args:              accountAndPolicy,
		ValidArgsFunction: a.completeAskFirst,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.askFirst(cmd.Context(), args[0], append(args, "")[1], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

func accountAndPolicy(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return oneID(cmd, args)
	}
	return atMost(cmd, args, 2)
}

// completeAskFirst offers the accounts and, after an account, on and off.
func (a *app) completeAskFirst(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return []string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp
	}
	return a.completeIDs(cmd, args, typed)
}

// askFirst shows the policy of an account. Where word is on or off it switches the policy first.
func (a *app) askFirst(ctx context.Context, id, word string, asJSON bool) error {
	on, known := map[string]bool{"on": true, "off": false}[word]
	if !known && word != "" {
		return misused(fault.UsageOnOrOff)
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

// tellUnasked says what "on" means where there is no window, and how to undo it there.
func (a *app) tellUnasked(ctx context.Context, client *client.Client, id string) {
	s, err := client.Status(ctx)
	places, where := storage.DefaultPlaces()
	if err != nil || where != nil || s.Agent.Kind != account.Headless {
		return
	}
	a.tell("cli.ask-first.unasked", "path", filepath.Join(places.Access(), id+".json"))
}

func (a *app) sayAskFirst(p account.Policy) {
	if !p.AskFirst {
		a.say("cli.ask-first.off")
		return
	}
	a.say("cli.ask-first.on")
	for _, path := range p.Always {
		a.say("cli.ask-first.not-about", "path", path)
	}
}
