package main

import (
	"context"
	"errors"
	"fmt"
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
	begun    bool // cobra was content with the arguments, and a command runs
}

// execute runs one command line and returns its exit code.
func (a *app) execute(ctx context.Context, args []string) int {
	root := a.root()
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
		Use:   "keyfob",
		Short: "Sign in without a client secret, and hand fresh access tokens to your tools",
		Long: `Sign in without a client secret, and hand fresh access tokens to your tools.

Exit codes, for scripts:
  0  done
  1  another failure
  2  wrong usage, or a bad profile
  3  sign-in required
  4  keychain locked or missing
  5  provider or network unavailable
  6  denied
  7  limited by quota or rate
  8  Keyfob is not running, and could not be started
130  cancelled with Ctrl-C`,
		Example: `  keyfob import acme.json       add an account from a profile file
  keyfob login acme             sign in, in your browser
  curl -H @<(keyfob header acme) https://api.acme.example/orders
  keyfob run acme -- ./sync-orders`,
		Args:          a.knownCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version.Version,
	}
	root.PersistentPreRun = func(*cobra.Command, []string) { a.begun = true }
	cobra.EnableCommandSorting = false // they stand in the order in which a person meets them
	root.AddCommand(
		a.importCommand(), a.loginCommand(), a.statusCommand(), a.logoutCommand(),
		a.tokenCommand(), a.headerCommand(), a.runCommand(), a.kubeCommand(), a.gitCommand(),
		a.callCommand(), a.claimsCommand(), a.gatewayCommand(),
		a.secretCommand(),
		a.profilesCommand(), a.exportCommand(), a.removeCommand(), a.profileCommand(),
		a.logCommand(), a.askFirstCommand(),
		a.agentCommand(), a.doctorCommand(), a.resetCommand(), a.versionCommand(),
	)
	withCompletion(root)
	return root
}

// knownCommand refuses the name of a command that does not exist, and names the nearest that does.
func (a *app) knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	name := display.Clean(args[0], 40)
	if near := display.Nearest(name, names); near != "" {
		return fmt.Errorf("there is no command %q, but there is %q", name, near)
	}
	return fmt.Errorf("there is no command %q", name)
}

// usage types what cobra says of a command line. Its texts quote what was typed.
func usage(err error) error {
	const longest = 200
	return fault.New(fault.BadUsage, "reason", display.Clean(err.Error(), longest))
}

// unprinted types what keeps us from printing, as on a full disk: commands return it as it comes.
func unprinted(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok && e.Path == os.Stdout.Name() {
		return fault.New(fault.DiskTrouble, "path", "the standard output").Because(e.Err)
	}
	return err
}

// oneID takes the one id that most commands are about.
func oneID(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return fmt.Errorf("it needs the id of an account (keyfob %s ID)", cmd.Name())
	case 1:
		return nil
	}
	return errors.New("one account at a time")
}

// completeIDs offers the ids of the accounts to the shell. It asks who is there and starts nobody.
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
