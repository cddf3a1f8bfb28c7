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

func newRun(t *terminal) *cobra.Command {
	var minTTL time.Duration
	cmd := &cobra.Command{
		Use:               "run ID… -- COMMAND [ARGUMENT…]",
		Args:              accountsAndCommand,
		ValidArgsFunction: completeRun,
		RunE: func(cmd *cobra.Command, args []string) error {
			n := cmd.ArgsLenAtDash()
			return runWithTokens(cmd.Context(), t, args[:n], args[n:], minTTL)
		},
	}
	return withMinTTL(cmd, &minTTL)
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

// completeRun offers the accounts that are not given yet, and after the -- what the shell offers by itself.
func completeRun(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if n := cmd.ArgsLenAtDash(); n >= 0 && n < len(args) { // cobra adds a -- of its own at the end
		return nil, cobra.ShellCompDirectiveDefault
	}
	ids, directive := completeIDs(cmd, nil, typed)
	given := func(id string) bool { return slices.Contains(args, strings.SplitN(id, "\t", 2)[0]) }
	return slices.DeleteFunc(ids, given), directive
}

// runWithTokens runs a command with the tokens of accounts in its environment. It returns only where the command
// could not be started. It looks for the command before it asks for a token.
func runWithTokens(ctx context.Context, t *terminal, ids, command []string, minTTL time.Duration) error {
	names, err := variables(ids)
	if err != nil {
		return err
	}
	path, err := exec.LookPath(command[0])
	if err != nil {
		return notStarted(command[0], err)
	}
	env := os.Environ()
	for i, id := range ids {
		a, err := bearerToken(ctx, t, id, minTTL)
		if err != nil {
			return err
		}
		env = fastpath.With(env, names[i], a.Token.Reveal())
		if len(ids) == 1 {
			env = fastpath.With(env, "ACCESS_TOKEN", a.Token.Reveal())
		}
	}
	return notStarted(command[0], replaceProcess(path, command, env))
}

// variables are the names of the variables for the tokens of accounts. Two accounts with the same name are refused.
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

// commandError is the error of a command that was not started, with the exit code that shells use for it.
type commandError struct {
	error

	exit int
}

func (e *commandError) Unwrap() error { return e.error }

func notStarted(name string, err error) error {
	const notFound, notExecutable = 127, 126
	reason, exit := fault.UsageNotExecutable, notExecutable
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		reason, exit = fault.UsageNotFound, notFound
	}
	return &commandError{misused(reason, "command", name), exit}
}
