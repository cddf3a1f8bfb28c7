package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"keyfob/internal/display"
	"keyfob/internal/doctor"
	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/storage"
)

// examination is one run of keyfob doctor.
type examination struct {
	t *terminal

	bundle      string // the file to write the bundle to; empty: none
	asJSON, yes bool
}

func newDoctor(t *terminal) *cobra.Command {
	e := &examination{t: t}
	cmd := &cobra.Command{
		Use:               "doctor [ID]",
		Args:              oneArgument,
		ValidArgsFunction: completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return e.run(cmd.Context(), optional(args)) },
	}
	cmd.Flags().BoolVar(&e.asJSON, "json", false, "")
	cmd.Flags().StringVar(&e.bundle, "bundle", "", "")
	cmd.Flags().BoolVar(&e.yes, "yes", false, "")
	return cmd
}

// run prints each check as it is done. The first check that fails decides the exit code. It is not reported again,
// since its line or the JSON has told it.
func (e *examination) run(ctx context.Context, id string) error {
	switch {
	case e.asJSON && e.bundle != "":
		return misused(fault.UsageBundleOrJSON)
	case e.bundle != "" && !e.yes && !isTerminal(e.t.in):
		return unconfirmed(fault.UnconfirmedBundle)
	}
	if _, err := os.Lstat(e.bundle); err == nil {
		return misused(fault.UsageFileExists, "path", e.bundle)
	}
	report, err := e.examine(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case e.asJSON:
		err = e.t.printJSON(report)
	case e.bundle != "":
		err = e.keepBundle(ctx, report)
	}
	if err != nil {
		return err
	}
	if problem := report.Problem(); problem != nil {
		return reportedError{problem}
	}
	return nil
}

func (e *examination) examine(ctx context.Context, id string) (*doctor.Report, error) {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fault.New(fault.Internal).Because(err)
	}
	shown := &findings{t: e.t}
	if e.asJSON {
		shown.t = &terminal{out: io.Discard}
	}
	return doctor.Run(ctx, doctor.Options{
		Places: places, Keychain: []string{self, storage.ChildArg}, Profile: id,
		LookPath: exec.LookPath, Looking: shown.looking, Found: shown.found,
	})
}

// keepBundle prints a bundle, and writes it where the person agrees.
func (e *examination) keepBundle(ctx context.Context, report *doctor.Report) error {
	bundle := report.Bundle()
	fmt.Fprintf(e.t.out, "\n%s\n", bundle)
	if !e.yes {
		question := words.T("cli.doctor.keep", "path", display.Clean(e.bundle, 200))
		if err := e.t.confirm(ctx, question, unconfirmed(fault.UnconfirmedBundle)); err != nil {
			return err
		}
	}
	if err := doctor.Keep(e.bundle, bundle); err != nil {
		return err
	}
	e.t.print("cli.doctor.kept")
	return nil
}

// findings prints the checks in groups: this computer, then one account after the other. Where colours are shown, the
// last line says what is being looked at.
type findings struct {
	t     *terminal
	group string
}

const eraseLine = "\r\x1b[K"

func (f *findings) looking(what string) {
	if f.t.colour {
		fmt.Fprint(f.t.out, eraseLine, words.T("cli.doctor.looking", "what", display.Clean(what, 60)))
	}
}

func (f *findings) found(c *doctor.Check) {
	if f.t.colour {
		fmt.Fprint(f.t.out, eraseLine)
	}
	if c.Profile != f.group {
		f.group = c.Profile
		fmt.Fprintf(f.t.out, "\n%s\n", display.Clean(c.Profile, 64))
	}
	fmt.Fprintf(f.t.out, "%s  %-9s  %s\n", f.verdict(c.State), c.Name, indented(c.Told()))
	if c.Next != "" {
		fmt.Fprintf(f.t.out, "%22s%s\n", "", words.T("cli.doctor.try", "next", indented(c.Next)))
	}
}

// verdicts show each state of a check. The word is a key of the catalogue.
var verdicts = map[doctor.State]struct{ mark, word, colour string }{
	doctor.OK:      {"✓", "cli.doctor.ok", "32"},
	doctor.Warn:    {"!", "cli.doctor.warn", "33"},
	doctor.Fail:    {"✗", "cli.doctor.fail", "31"},
	doctor.Skipped: {"–", "cli.doctor.skipped", "2"},
}

// verdict is a state as a mark and a word.
func (f *findings) verdict(s doctor.State) string {
	v := verdicts[s]
	return f.t.paint(v.colour, fmt.Sprintf("%s %-7s", v.mark, words.T(v.word)))
}
