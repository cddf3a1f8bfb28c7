package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/version"
)

// newRoot is keyfob itself with all its commands. They stand in the order in which a person meets them.
func newRoot(t *terminal) *cobra.Command {
	cobra.EnableCommandSorting = false
	root := newGroup("keyfob",
		newImport(t), newLogin(t), newStatus(t), newLogout(t),
		newToken(t), newHeader(t), newRun(t), newKube(t), newGit(t),
		newCall(t), newClaims(t), newGateway(t),
		newSecret(t),
		newProfiles(t), newExport(t), newRemove(t), newProfile(t),
		newLog(t), newAskFirst(t),
		newAgent(t), newDoctor(t), newReset(t), newVersion(t),
	)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Version = version.Version
	root.InitDefaultCompletionCmd()
	withHelp(root)
	return root
}

// newGroup is a command that only holds other commands. By itself it shows its help.
func newGroup(name string, commands ...*cobra.Command) *cobra.Command {
	group := &cobra.Command{
		Use:  name,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	group.AddCommand(commands...)
	return group
}

// execute runs one command line and returns its exit code. An error that is not reported yet is reported here.
func execute(ctx context.Context, t *terminal, args []string) int {
	root := newRoot(t)
	if len(args) > 0 && args[0] == cobra.ShellCompRequestCmd { // completion shows what each command and flag is for
		withTexts(root)
	}
	parsed := false // cobra accepted the arguments, and a command runs
	root.PersistentPreRun = func(*cobra.Command, []string) { parsed = true }
	root.SetArgs(args)
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	err := root.ExecuteContext(ctx)
	if err != nil && !parsed {
		err = asUsageFault(err)
	}
	if _, done := errors.AsType[reportedError](err); !done {
		err = explainAgentFailure(ctx, asOutputFault(err))
		t.report(err)
	}
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || fault.CodeOf(err) == fault.SignInCancelled) {
		return exitCancelled
	}
	return exitCode(err)
}

// knownCommand refuses the name of a command that does not exist, and names the nearest one that does.
func knownCommand(cmd *cobra.Command, args []string) error {
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

// asUsageFault makes a fault of what cobra says about a command line. Cobra's texts quote what was typed.
func asUsageFault(err error) error {
	if fault.CodeOf(err) == fault.BadUsage {
		return err
	}
	return misused("", "said", err.Error())
}

// asOutputFault makes a fault of a write to the standard output that failed, as on a full disk. Commands return such
// errors as they are.
func asOutputFault(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok && e.Path == os.Stdout.Name() {
		return fault.New(fault.DiskTrouble).WithReason(fault.DiskOutput).Because(e.Err)
	}
	return err
}

// noArguments and oneArgument check the number of arguments as cobra does, with texts of the catalogue.
func noArguments(cmd *cobra.Command, args []string) error { return atMost(cmd, args, 0) }

func oneArgument(cmd *cobra.Command, args []string) error { return atMost(cmd, args, 1) }

func atMost(cmd *cobra.Command, args []string, most int) error {
	if len(args) > most {
		return misused(fault.UsageTooMany, "command", cmd.CommandPath())
	}
	return nil
}

// optional is the one argument that may be left out; empty where it is.
func optional(args []string) string { return strings.Join(args, "") }
