package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/profile"
	"keyfob/internal/words"
)

// importer is one run of keyfob import.
type importer struct {
	t *terminal

	yes bool
	as  string // the id to import a profile under; empty: its own
}

func newImport(t *terminal) *cobra.Command {
	i := &importer{t: t}
	cmd := &cobra.Command{
		Use: "import FILE…",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misused(fault.UsageNeedsFile)
			}
			if len(args) > 1 && i.as != "" {
				return misused(fault.UsageOneName)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return i.run(cmd.Context(), args) },
	}
	cmd.Flags().BoolVar(&i.yes, "yes", false, "")
	cmd.Flags().StringVar(&i.as, "as", "", "")
	return cmd
}

// run reads all files before it imports any.
func (i *importer) run(ctx context.Context, files []string) error {
	profiles := make([]profile.Profile, len(files))
	for n, file := range files {
		p, err := i.readProfile(file)
		if err != nil {
			i.t.printErr("cli.import.in-file", "file", display.Clean(file, 200))
			return err
		}
		profiles[n] = p
	}
	c, err := connect(ctx, false)
	if err != nil {
		return err
	}
	for _, p := range profiles {
		if err := i.importOne(ctx, c, p); err != nil {
			return err
		}
	}
	return nil
}

// readProfile reads a file, and no more of it than a profile may have.
func (i *importer) readProfile(file string) (profile.Profile, error) {
	data, err := i.read(file)
	if err != nil {
		return profile.Profile{}, err
	}
	p, err := profile.Parse(data)
	if err != nil || i.as == "" {
		return p, err
	}
	p.ID = i.as
	return p, p.Validate()
}

func (i *importer) read(file string) (data []byte, err error) {
	if file == "-" {
		data, err = io.ReadAll(io.LimitReader(i.t.in, profile.MaxBytes+1))
	} else {
		data, err = profile.ReadFile(file)
	}
	if fault.CodeOf(err) == fault.Internal {
		return nil, unreadable(err)
	}
	return data, err
}

func unreadable(err error) error {
	reason := fault.UsageFileUnreadable
	if errors.Is(err, fs.ErrNotExist) {
		reason = fault.UsageFileMissing
	}
	return misused(reason).Because(err)
}

// importOne shows a profile, asks whether the person trusts it, and adds it or replaces the one with its id.
func (i *importer) importOne(ctx context.Context, c *client.Client, p profile.Profile) error {
	data, err := p.Marshal()
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	old, replace, err := storedProfile(ctx, c, p.ID)
	if err != nil {
		return err
	}
	if was, err := old.Marshal(); replace && err == nil && string(was) == string(data) {
		i.t.print("cli.import.same", "id", p.ID)
		return nil
	}
	if err := i.showTrust(p, old, replace); err != nil {
		return err
	}
	if !i.yes {
		question := trustQuestion(p, replace)
		if err := i.t.confirm(ctx, question, unconfirmed(fault.UnconfirmedImport, "id", p.ID)); err != nil {
			return err
		}
	}
	if err := c.Import(ctx, data, replace); err != nil {
		return err
	}
	return i.printAdded(ctx, c, p, replace)
}

// storedProfile is the profile with that id, if there is one. One whose file is damaged is there too, and may be
// replaced.
func storedProfile(ctx context.Context, c *client.Client, id string) (old profile.Profile, there bool, err error) {
	old, err = c.Profile(ctx, id)
	switch fault.CodeOf(err) {
	case "", fault.BadProfile, fault.ProfileSecret:
		return old, true, nil
	case fault.ProfileUnknown:
		return old, false, nil
	}
	return old, false, err
}

// showTrust prints what a person should know before they trust a profile. The names are what the file says about
// itself; the host is where a password will be typed.
func (i *importer) showTrust(p, old profile.Profile, replace bool) error {
	rows := [][]string{{words.T("cli.import.id"), p.ID}}
	for _, fact := range p.TrustCard() {
		rows = append(rows, []string{fact.Label, fact.Value})
	}
	if err := columns(i.t.out, rows); err != nil {
		return err
	}
	if changes := profile.Diff(old, p); replace && len(changes) > 0 {
		i.t.print("cli.import.changes", "id", p.ID, "changes", strings.ReplaceAll(words.Findings(changes), "\n", "\n  "))
	}
	return nil
}

func trustQuestion(p profile.Profile, replace bool) string {
	if replace {
		return words.T("cli.import.replace", "id", p.ID)
	}
	return words.T("cli.import.add", "id", p.ID)
}

// printAdded prints that the account is there, and what to do next.
func (i *importer) printAdded(ctx context.Context, c *client.Client, p profile.Profile, replaced bool) error {
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	one, _ := s.Account(p.ID)
	i.t.print(addedText(one, replaced), "id", p.ID)
	return nil
}

// addedText is the key of the text about an account that was added or replaced. An account may keep its sign-in or
// secret when its profile is replaced; then there is nothing more to do.
func addedText(one account.Account, replaced bool) string {
	ready := one.Status.HasSession() || one.Can(account.ActForgetSecret)
	switch {
	case ready && replaced:
		return "cli.import.replaced"
	case ready:
		return "cli.import.added"
	case one.Can(account.ActSetSecret) && replaced:
		return "cli.import.replaced-secret"
	case one.Can(account.ActSetSecret):
		return "cli.import.added-secret"
	case replaced:
		return "cli.import.replaced-signin"
	}
	return "cli.import.added-signin"
}
