package main

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/agent"
	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/secret"
	"keyfob/storage"
)

func (a *app) agentCommand() *cobra.Command {
	var memoryOnly bool
	var files, descriptors []string
	memory := func(cmd *cobra.Command) *cobra.Command {
		cmd.Flags().BoolVar(&memoryOnly, "memory-only", false, "")
		return cmd
	}
	cmd := memory(&cobra.Command{
		Use:  "agent",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			secrets, err := secretsFor(files, descriptors)
			if err != nil {
				return err
			}
			return a.serve(cmd.Context(), agent.Config{MemoryOnly: memoryOnly, Secrets: secrets})
		},
	})
	cmd.Flags().StringArrayVar(&files, "secret-file", nil, "")
	cmd.Flags().StringArrayVar(&descriptors, "secret-fd", nil, "")
	cmd.AddCommand(
		memory(&cobra.Command{
			Use:  "start",
			Args: noArguments,
			RunE: func(cmd *cobra.Command, _ []string) error { return a.startAgent(cmd.Context(), memoryOnly) },
		}),
		&cobra.Command{
			Use:  "stop",
			Args: noArguments,
			RunE: func(cmd *cobra.Command, _ []string) error { return a.stopAgent(cmd.Context()) },
		},
		a.agentStatusCommand(),
	)
	return cmd
}

func (a *app) agentStatusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:  "status",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.agentStatus(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

// serve runs the headless agent until Ctrl-C or until somebody stops it.
func (a *app) serve(ctx context.Context, c agent.Config) error {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	if err := haveProfiles(ctx, places, c.Secrets); err != nil {
		return err
	}
	c.Kind, c.Places, c.Keychain = account.Headless, places, []string{self, storage.ChildArg}
	r, err := agent.Open(ctx, c)
	if err != nil {
		return err
	}
	defer r.Close()
	a.tell("cli.agent.running", "socket", places.Socket(), "log", places.LogFile())
	return r.Run(ctx)
}

// haveProfiles refuses a secret for an account that does not exist, before the agent starts.
func haveProfiles(ctx context.Context, places storage.Places, secrets map[string]secret.Text) error {
	if len(secrets) == 0 {
		return nil
	}
	ids, err := storage.NewFiles(places.Profiles(), ".json").List(ctx)
	if err != nil {
		return err
	}
	for id := range secrets {
		if !slices.Contains(ids, id) {
			return fault.New(fault.ProfileUnknown, "id", display.Clean(id, 64), "known", strings.Join(ids, ", "),
				"nearest", display.Nearest(id, ids))
		}
	}
	return nil
}

func (a *app) startAgent(ctx context.Context, memoryOnly bool) error {
	client, err := connect(ctx, memoryOnly)
	if err != nil {
		return err
	}
	if client, err = replaceOlder(ctx, client, memoryOnly); err != nil {
		return err
	}
	if memoryOnly {
		if err := client.UseMemoryOnly(ctx); err != nil {
			return err
		}
	}
	return a.sayWho(ctx, client)
}

// replaceOlder starts our own version in place of an older headless agent, where nothing is lost by that.
func replaceOlder(ctx context.Context, client *client.Client, memoryOnly bool) (*client.Client, error) {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return nil, err
	}
	who, err := client.Version(ctx)
	if err != nil || !agent.Outranks(account.Headless, who) || !agent.Replace(ctx, places, client) {
		return client, err
	}
	return connect(ctx, memoryOnly)
}

func (a *app) agentStatus(ctx context.Context, asJSON bool) error {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	client, err := find(ctx, places)
	if err != nil {
		return err
	}
	if !asJSON {
		return a.sayWho(ctx, client)
	}
	who, err := client.Version(ctx)
	if err != nil {
		return err
	}
	return a.printJSON(who)
}

func (a *app) sayWho(ctx context.Context, client *client.Client) error {
	who, err := client.Version(ctx)
	if err != nil {
		return err
	}
	a.say("cli.agent.is", "agent", agentWords(who, time.Now()))
	return nil
}

// stopAgent asks the agent to stop. One that holds the lock and that nobody can ask is ended.
func (a *app) stopAgent(ctx context.Context) error {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	client, err := find(ctx, places)
	switch fault.CodeOf(err) {
	case "":
	case fault.NoAgent:
		return a.endHolder(ctx, places)
	default:
		return err
	}
	if err := stop(ctx, places, client); err != nil {
		return err
	}
	a.say("cli.agent.stopped")
	return nil
}

func (a *app) endHolder(ctx context.Context, places storage.Places) error {
	holder, held := places.Holder()
	if !held {
		a.say("cli.agent.was-not")
		return nil
	}
	if err := agent.EndHolder(ctx, places); err != nil {
		return err
	}
	a.say("cli.agent.ended", "pid", strconv.Itoa(holder.PID))
	return nil
}

// stop returns when the agent has ended and its lock is free, so that the next command meets no half-dead one.
func stop(ctx context.Context, places storage.Places, client *client.Client) error {
	if err := client.Stop(ctx); err != nil {
		return err
	}
	return agent.Ended(ctx, places)
}
