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
	"keyfob/internal/words"
	"keyfob/storage"
)

type doctorOptions struct {
	profile, bundle string
	asJSON, yes     bool
}

func (a *app) doctorCommand() *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:  "doctor [ID]",
		Args: oneArgument,

		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profile = strings.Join(args, "")
			return a.doctor(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "")
	cmd.Flags().StringVar(&o.bundle, "bundle", "", "")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "")
	return cmd
}

// doctor prints each check as it is done. The first check that fails decides the exit code.
func (a *app) doctor(ctx context.Context, o doctorOptions) error {
	switch {
	case o.asJSON && o.bundle != "":
		return misused(fault.UsageBundleOrJSON)
	case o.bundle != "" && !o.yes && !attended(a.in):
		return unconfirmed(fault.UnconfirmedBundle)
	}
	if _, err := os.Lstat(o.bundle); err == nil {
		return misused(fault.UsageFileExists, "path", o.bundle)
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
	a.err = io.Discard // the problem that is returned was printed already
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

// keepBundle shows a bundle, and writes it after a yes.
func (a *app) keepBundle(ctx context.Context, report *doctor.Report, o doctorOptions) error {
	bundle := report.Bundle()
	fmt.Fprintf(a.out, "\n%s\n", bundle)
	if !o.yes {
		question := words.T("cli.doctor.keep", "path", display.Clean(o.bundle, 200))
		if err := a.confirm(ctx, question, unconfirmed(fault.UnconfirmedBundle)); err != nil {
			return err
		}
	}
	if err := doctor.Keep(o.bundle, bundle); err != nil {
		return err
	}
	a.say("cli.doctor.kept")
	return nil
}

// findings prints the checks in groups: this computer, then one account after the other. On a terminal the last line
// says what the doctor is looking at.
type findings struct {
	app   *app
	out   io.Writer
	group string
}

func (f *findings) looking(what string) {
	if f.app.colour {
		fmt.Fprint(f.out, "\r\x1b[K", words.T("cli.doctor.looking", "what", display.Clean(what, 60)))
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
		fmt.Fprintf(f.out, "%22s%s\n", "", words.T("cli.doctor.try", "next", indented(c.Next)))
	}
}

// verdicts are how states are shown: the word is a key of the catalogue.
var verdicts = map[doctor.State]struct{ mark, word, colour string }{
	doctor.OK:      {"✓", "cli.doctor.ok", "32"},
	doctor.Warn:    {"!", "cli.doctor.warn", "33"},
	doctor.Fail:    {"✗", "cli.doctor.fail", "31"},
	doctor.Skipped: {"–", "cli.doctor.skipped", "2"},
}

// verdict is a state as a mark and a word, coloured where that can be seen.
func (a *app) verdict(s doctor.State) string {
	v := verdicts[s]
	text := fmt.Sprintf("%s %-7s", v.mark, words.T(v.word))
	if !a.colour {
		return text
	}
	return "\x1b[" + v.colour + "m" + text + "\x1b[0m"
}
