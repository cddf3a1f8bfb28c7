package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/version"
	"keyfob/storage"
)

// app is what the commands share.
type app struct {
	in       io.Reader
	out, err io.Writer
	colour   bool // out is a terminal that shows colours
	begun    bool // the arguments were valid, and a command runs
}

// execute runs one command line and returns its exit code.
func (a *app) execute(ctx context.Context, args []string) int {
	root := a.root()
	if len(args) > 0 && args[0] == cobra.ShellCompRequestCmd { // the shell shows what commands and flags are for
		withTexts(root)
	}
	root.SetArgs(args)
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.begun {
		err = usage(err)
	}
	err = whyNot(ctx, unprinted(err))
	a.report(err)
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || fault.CodeOf(err) == fault.SignInCancelled) {
		return exitCancelled
	}
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "keyfob",
		Args:          a.knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version.Version,
	}
	root.PersistentPreRun = func(*cobra.Command, []string) { a.begun = true }
	cobra.EnableCommandSorting = false // commands stand in the order in which a person needs them
	root.AddCommand(
		a.importCommand(), a.loginCommand(), a.statusCommand(), a.logoutCommand(),
		a.tokenCommand(), a.headerCommand(), a.runCommand(), a.kubeCommand(), a.gitCommand(),
		a.callCommand(), a.claimsCommand(), a.gatewayCommand(),
		a.secretCommand(),
		a.profilesCommand(), a.exportCommand(), a.removeCommand(), a.profileCommand(),
		a.logCommand(), a.askFirstCommand(),
		a.agentCommand(), a.doctorCommand(), a.resetCommand(), a.versionCommand(),
	)
	root.InitDefaultCompletionCmd()
	withHelp(root)
	return root
}

// knownCommand refuses the name of a command that does not exist, and names the nearest that does.
func (a *app) knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return unknownCommand(cmd, args[0])
}

func unknownCommand(cmd *cobra.Command, name string) error {
	const longest = 40
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	name = display.Clean(name, longest)
	return misused(fault.UsageUnknownCommand, "name", name, "near", display.Nearest(name, names))
}

// usage makes a fault of what cobra says about a command line. Its texts quote what was typed.
func usage(err error) error {
	if fault.CodeOf(err) == fault.BadUsage {
		return err
	}
	return misused("", "said", err.Error())
}

// unprinted makes a fault of an error of the standard output, such as a full disk.
func unprinted(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok && e.Path == os.Stdout.Name() {
		return fault.New(fault.DiskTrouble).WithReason(fault.DiskOutput).Because(e.Err)
	}
	return err
}

// oneID wants one argument, the id of an account.
func oneID(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return misused(fault.UsageNeedsAccount, "command", cmd.CommandPath())
	case 1:
		return nil
	}
	return misused(fault.UsageOneAccount)
}

// completeIDs offers the ids of the accounts to the shell. It asks the agent that runs, and starts none.
func (a *app) completeIDs(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	const none = cobra.ShellCompDirectiveNoFileComp
	if len(args) > 0 {
		return nil, none
	}
	places, err := storage.DefaultPlaces()
	if err != nil {
		return nil, none
	}
	s, err := client.New(places.Socket()).Status(cmd.Context())
	if err != nil {
		return nil, none
	}
	var ids []string
	for _, account := range s.Accounts {
		ids = append(ids, cobra.CompletionWithDesc(account.ID, account.Name))
	}
	return ids, none
}
