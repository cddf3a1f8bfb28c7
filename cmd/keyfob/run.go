package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/fastpath"
	"keyfob/internal/fault"
)

func (a *app) runCommand() *cobra.Command {
	var minTTL time.Duration
	cmd := &cobra.Command{
		Use:               "run ID… -- COMMAND [ARGUMENT…]",
		Args:              accountsAndCommand,
		ValidArgsFunction: a.completeRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			n := cmd.ArgsLenAtDash()
			return a.runWith(cmd.Context(), args[:n], args[n:], minTTL)
		},
	}
	withMinTTL(cmd, &minTTL)
	return cmd
}

func accountsAndCommand(cmd *cobra.Command, args []string) error {
	switch n := cmd.ArgsLenAtDash(); {
	case n < 0 || n == len(args):
		return misused(fault.UsageNeedsCommand)
	case n == 0:
		return misused(fault.UsageNeedsBefore)
	}
	return nil
}

// completeRun offers the accounts that are not typed yet and, behind the --, what the shell offers.
func (a *app) completeRun(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if n := cmd.ArgsLenAtDash(); n >= 0 && n < len(args) { // cobra adds a -- of its own at the end
		return nil, cobra.ShellCompDirectiveDefault
	}
	ids, directive := a.completeIDs(cmd, nil, typed)
	taken := func(id string) bool { return slices.Contains(args, strings.SplitN(id, "\t", 2)[0]) }
	return slices.DeleteFunc(ids, taken), directive
}

// runWith replaces this process by the command. It returns only where the command cannot be started, and finds that out
// before it asks for a token.
func (a *app) runWith(ctx context.Context, ids, command []string, minTTL time.Duration) error {
	names, err := variables(ids)
	if err != nil {
		return err
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return notRun(command[0], err)
	}
	env := os.Environ()
	for i, id := range ids {
		access, err := a.access(ctx, id, minTTL)
		if err != nil {
			return err
		}
		env = fastpath.With(env, names[i], access.Token.Reveal())
		if len(ids) == 1 {
			env = fastpath.With(env, "ACCESS_TOKEN", access.Token.Reveal())
		}
	}
	return notRun(command[0], become(path, command, env))
}

// variables are the environment variables for the tokens of accounts. Two accounts with the same name of a variable are
// refused: one token would hide the other.
func variables(ids []string) ([]string, error) {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = fastpath.Variable(id)
		if first := slices.Index(names, names[i]); first != i {
			return nil, misused(fault.UsageSameVariable, "first", ids[first], "second", id, "variable", names[i])
		}
	}
	return names, nil
}

// commandError tells that a command was not started. It has the exit code that shells have for that.
type commandError struct {
	error

	exit int
}

func (e *commandError) Unwrap() error { return e.error }

func notRun(name string, err error) error {
	const notFound, notExecutable = 127, 126
	reason, exit := fault.UsageNotExecutable, notExecutable
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		reason, exit = fault.UsageNotFound, notFound
	}
	return &commandError{misused(reason, "command", name), exit}
}
