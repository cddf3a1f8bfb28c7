package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"keyfob/internal/display"
	"keyfob/internal/doctor"
	"keyfob/internal/fault"
	"keyfob/storage"
)

type doctorOptions struct {
	profile, bundle string
	asJSON, yes     bool
}

func (a *app) doctorCommand() *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor [ID]",
		Short: "Look at everything that a sign-in needs, and say what is wrong",
		Long: `Look at everything that a sign-in needs: the agent and its socket, keychain,
tray and browser, and for each account (or the one with that id) proxy, DNS, TLS,
clocks, what the sign-in service says of itself, its keys, and callback ports.
Nothing is changed. The exit code is 0 where nothing is broken; a warning breaks
nothing.`,
		Example: `  keyfob doctor
  keyfob doctor acme --json
  keyfob doctor --bundle keyfob.txt    one text for support, shown before it is written`,
		Args: cobra.MaximumNArgs(1),

		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profile = strings.Join(args, "")
			return a.doctor(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "print all of it as JSON")
	cmd.Flags().StringVar(&o.bundle, "bundle", "", "write it to a new file for support, without secrets and persons")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "with --bundle: do not ask")
	return cmd
}

// doctor tells each check as it is done. The first that fails decides the exit code.
func (a *app) doctor(ctx context.Context, o doctorOptions) error {
	switch {
	case o.asJSON && o.bundle != "":
		return fault.New(fault.BadUsage, "reason", "--bundle holds what --json prints; use one of them")
	case o.bundle != "" && !o.yes && !attended(a.in):
		return fault.New(fault.Unconfirmed, "what", "writing the bundle")
	}
	if _, err := os.Lstat(o.bundle); err == nil {
		return fault.New(fault.BadUsage, "reason", "there is already something at "+display.Clean(o.bundle, 200))
	}
	report, err := a.examine(ctx, o)
	if err != nil {
		return err
	}
	switch {
	case o.asJSON:
		err = a.printJSON(report)
	case o.bundle != "":
		err = a.keepBundle(ctx, report, o)
	}
	if err != nil {
		return err
	}
	a.err = io.Discard // the problem that is returned has been told, in its line or in the JSON
	return report.Problem()
}

func (a *app) examine(ctx context.Context, o doctorOptions) (*doctor.Report, error) {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fault.New(fault.Internal).Because(err)
	}
	told := &findings{app: a, out: a.out}
	if o.asJSON {
		told.out = io.Discard
	}
	return doctor.Run(ctx, doctor.Options{
		Places: places, Keychain: []string{self, storage.ChildArg}, Profile: o.profile,
		LookPath: exec.LookPath, Looking: told.looking, Found: told.found,
	})
}

// keepBundle shows a bundle, and writes it if that is right.
func (a *app) keepBundle(ctx context.Context, report *doctor.Report, o doctorOptions) error {
	bundle := report.Bundle()
	fmt.Fprintf(a.out, "\n%s\n", bundle)
	if !o.yes {
		question := "Write all this to " + display.Clean(o.bundle, 200) + "?"
		if err := a.confirm(ctx, question, "writing the bundle"); err != nil {
			return err
		}
	}
	if err := doctor.Keep(o.bundle, bundle); err != nil {
		return err
	}
	fmt.Fprintln(a.out, "Written. Read it again before you send it.")
	return nil
}

// findings prints the checks, in groups: this computer, then one account after the other. On a terminal a last line
// says what is being looked at.
type findings struct {
	app   *app
	out   io.Writer
	group string
}

func (f *findings) looking(what string) {
	if f.app.colour {
		fmt.Fprintf(f.out, "\r\x1b[K◌ %s …", display.Clean(what, 60))
	}
}

func (f *findings) found(c *doctor.Check) {
	if f.app.colour {
		fmt.Fprint(f.out, "\r\x1b[K")
	}
	if c.Profile != f.group {
		f.group = c.Profile
		fmt.Fprintf(f.out, "\n%s\n", display.Clean(c.Profile, 64))
	}
	fmt.Fprintf(f.out, "%s  %-9s  %s\n", f.app.verdict(c.State), c.Name, indented(c.Text)+c.Cause())
	if c.Next != "" {
		fmt.Fprintf(f.out, "%22stry: %s\n", "", indented(c.Next))
	}
}

// verdict is a state as a mark and a word, coloured where that can be seen.
func (a *app) verdict(s doctor.State) string {
	mark, word, colour := "✓", "ok", "32"
	switch s {
	case doctor.Warn:
		mark, word, colour = "!", "warning", "33"
	case doctor.Fail:
		mark, word, colour = "✗", "problem", "31"
	case doctor.Skipped:
		mark, word, colour = "–", "skipped", "2"
	}
	text := fmt.Sprintf("%s %-7s", mark, word)
	if !a.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}
