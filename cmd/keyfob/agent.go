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

func newAgent(t *terminal) *cobra.Command {
	var memoryOnly bool
	var files, descriptors []string
	cmd := &cobra.Command{
		Use:  "agent",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			secrets, err := startSecrets(files, descriptors)
			if err != nil {
				return err
			}
			return runAgent(cmd.Context(), t, agent.Config{MemoryOnly: memoryOnly, Secrets: secrets})
		},
	}
	cmd.Flags().BoolVar(&memoryOnly, "memory-only", false, "")
	cmd.Flags().StringArrayVar(&files, "secret-file", nil, "")
	cmd.Flags().StringArrayVar(&descriptors, "secret-fd", nil, "")
	cmd.AddCommand(newAgentStart(t), newAgentStop(t), newAgentStatus(t))
	return cmd
}

func newAgentStart(t *terminal) *cobra.Command {
	var memoryOnly bool
	cmd := &cobra.Command{
		Use:  "start",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return startAgent(cmd.Context(), t, memoryOnly) },
	}
	cmd.Flags().BoolVar(&memoryOnly, "memory-only", false, "")
	return cmd
}

func newAgentStop(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:  "stop",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return stopAgent(cmd.Context(), t) },
	}
}

func newAgentStatus(t *terminal) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:  "status",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return printAgentStatus(cmd.Context(), t, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

// runAgent is the headless agent. It runs until Ctrl-C or keyfob agent stop.
func runAgent(ctx context.Context, t *terminal, config agent.Config) error {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	if err := checkAccounts(ctx, places, config.Secrets); err != nil {
		return err
	}
	config.Kind, config.Places, config.Keychain = account.Headless, places, []string{self, storage.ChildArg}
	a, err := agent.Open(ctx, config)
	if err != nil {
		return err
	}
	defer a.Close()
	t.printErr("cli.agent.running", "socket", places.Socket(), "log", places.LogFile())
	return a.Run(ctx)
}

// checkAccounts refuses a secret for an account that does not exist, before the agent opens anything.
func checkAccounts(ctx context.Context, places storage.Places, secrets map[string]secret.Text) error {
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

// startAgent starts an agent in the background where none runs, and prints which one runs now.
func startAgent(ctx context.Context, t *terminal, memoryOnly bool) error {
	c, err := connect(ctx, memoryOnly)
	if err != nil {
		return err
	}
	if c, err = replaceOlder(ctx, c, memoryOnly); err != nil {
		return err
	}
	if memoryOnly {
		if err := c.UseMemoryOnly(ctx); err != nil {
			return err
		}
	}
	return printAgent(ctx, t, c)
}

// replaceOlder starts an agent of this version in place of an older one, where that one is headless and no sign-in is
// lost by it.
func replaceOlder(ctx context.Context, c *client.Client, memoryOnly bool) (*client.Client, error) {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return nil, err
	}
	running, err := c.Version(ctx)
	if err != nil || !agent.Outranks(account.Headless, running) || !agent.Replace(ctx, places, c) {
		return c, err
	}
	return connect(ctx, memoryOnly)
}

func printAgentStatus(ctx context.Context, t *terminal, asJSON bool) error {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	c, err := findAgent(ctx, places)
	if err != nil {
		return err
	}
	if !asJSON {
		return printAgent(ctx, t, c)
	}
	running, err := c.Version(ctx)
	if err != nil {
		return err
	}
	return t.printJSON(running)
}

func printAgent(ctx context.Context, t *terminal, c *client.Client) error {
	running, err := c.Version(ctx)
	if err != nil {
		return err
	}
	t.print("cli.agent.is", "agent", agentText(running, time.Now()))
	return nil
}

// stopAgent asks the agent to stop. An agent that holds the lock and that nobody can reach, or that does not answer, is
// ended by the lock.
func stopAgent(ctx context.Context, t *terminal) error {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	c, err := findAgent(ctx, places)
	switch fault.CodeOf(err) {
	case "":
	case fault.NoAgent:
		return endHolder(ctx, t, places)
	default:
		return err
	}
	err = stop(ctx, places, c)
	if said := fault.Of(err); said != nil && said.Reason == fault.AgentSilent {
		return endHolder(ctx, t, places)
	}
	if err != nil {
		return err
	}
	t.print("cli.agent.stopped")
	return nil
}

// endHolder ends the process that holds the agent's lock, if one does.
func endHolder(ctx context.Context, t *terminal, places storage.Places) error {
	holder, held := places.Holder()
	if !held {
		t.print("cli.agent.was-not")
		return nil
	}
	if err := agent.EndHolder(ctx, places); err != nil {
		return err
	}
	t.print("cli.agent.ended", "pid", strconv.Itoa(holder.PID))
	return nil
}

// stop asks the agent to stop, and returns when its lock is free, so that the next command does not meet an agent
// that is ending.
func stop(ctx context.Context, places storage.Places, c *client.Client) error {
	if err := c.Stop(ctx); err != nil {
		return err
	}
	return agent.Ended(ctx, places)
}
