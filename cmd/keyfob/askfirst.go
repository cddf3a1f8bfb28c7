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

func newAskFirst(t *terminal) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "ask-first ID [on|off]",
		Args:              accountAndPolicy,
		ValidArgsFunction: completeAskFirst,
		RunE: func(cmd *cobra.Command, args []string) error {
			return askFirst(cmd.Context(), t, args[0], optional(args[1:]), asJSON)
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

// completeAskFirst offers the accounts, and after an account what it can be set to.
func completeAskFirst(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return []string{"on", "off"}, cobra.ShellCompDirectiveNoFileComp
	}
	return completeIDs(cmd, args, typed)
}

// askFirst sets the policy of an account where setting says so ("on" or "off"), and prints it.
func askFirst(ctx context.Context, t *terminal, id, setting string, asJSON bool) error {
	on, known := map[string]bool{"on": true, "off": false}[setting]
	if !known && setting != "" {
		return misused(fault.UsageOnOrOff)
	}
	c, err := connect(ctx, false)
	if err != nil {
		return err
	}
	p, err := c.Policy(ctx, id)
	if err != nil {
		return err
	}
	if known {
		p.AskFirst = on
		if err := c.SetPolicy(ctx, id, p); err != nil {
			return err
		}
	}
	if on {
		warnHeadless(ctx, t, c, id)
	}
	if asJSON {
		return t.printJSON(p)
	}
	printPolicy(t, p)
	return nil
}

// warnHeadless prints what "on" means for an agent without a window, and how to undo it there: a person who has no
// window cannot answer in it.
func warnHeadless(ctx context.Context, t *terminal, c *client.Client, id string) {
	s, err := c.Status(ctx)
	places, noPlaces := storage.DefaultPlaces()
	if err != nil || noPlaces != nil || s.Agent.Kind != account.Headless {
		return
	}
	t.printErr("cli.ask-first.unasked", "path", filepath.Join(places.Access(), id+".json"))
}

func printPolicy(t *terminal, p account.Policy) {
	if !p.AskFirst {
		t.print("cli.ask-first.off")
		return
	}
	t.print("cli.ask-first.on")
	for _, path := range p.Always {
		t.print("cli.ask-first.not-about", "path", path)
	}
}
