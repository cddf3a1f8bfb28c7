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

type importOptions struct {
	yes bool
	as  string
}

func (a *app) importCommand() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use: "import FILE…",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return misused(fault.UsageNeedsFile)
			}
			if len(args) > 1 && o.as != "" {
				return misused(fault.UsageOneName)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.importFiles(cmd.Context(), args, o) },
	}
	cmd.Flags().BoolVar(&o.yes, "yes", false, "")
	cmd.Flags().StringVar(&o.as, "as", "", "")
	return cmd
}

func (a *app) importFiles(ctx context.Context, files []string, o importOptions) error {
	profiles := make([]profile.Profile, len(files))
	for i, file := range files {
		p, err := a.readProfile(file, o.as)
		if err != nil {
			a.tell("cli.import.in-file", "file", display.Clean(file, 200))
			return err
		}
		profiles[i] = p
	}
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	for _, p := range profiles {
		if err := a.importOne(ctx, client, p, o.yes); err != nil {
			return err
		}
	}
	return nil
}

// readProfile reads a file, up to the size that a profile may have.
func (a *app) readProfile(file, as string) (profile.Profile, error) {
	data, err := a.read(file)
	if err != nil {
		return profile.Profile{}, err
	}
	p, err := profile.Parse(data)
	if err != nil || as == "" {
		return p, err
	}
	p.ID = as
	return p, p.Validate()
}

func (a *app) read(file string) (data []byte, err error) {
	if file == "-" {
		data, err = io.ReadAll(io.LimitReader(a.in, profile.MaxBytes+1))
	} else {
		data, err = profile.ReadFile(file)
	}
	if fault.CodeOf(err) == fault.Internal { // the system's
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

// importOne shows a profile, asks whether to trust it, and adds it or replaces the one with its id.
func (a *app) importOne(ctx context.Context, client *client.Client, p profile.Profile, yes bool) error {
	data, err := p.Marshal()
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	old, replace, err := stored(ctx, client, p.ID)
	if err != nil {
		return err
	}
	if was, err := old.Marshal(); replace && err == nil && string(was) == string(data) {
		a.say("cli.import.same", "id", p.ID)
		return nil
	}
	if err := a.showTrust(p, old, replace); err != nil {
		return err
	}
	if !yes {
		if err := a.confirm(ctx, question(p, replace), unconfirmed(fault.UnconfirmedImport, "id", p.ID)); err != nil {
			return err
		}
	}
	if err := client.Import(ctx, data, replace); err != nil {
		return err
	}
	return a.sayAdded(ctx, client, p, replace)
}

// sayAdded says what to do next. A profile that replaces another may keep its sign-in or its secret.
func (a *app) sayAdded(ctx context.Context, client *client.Client, p profile.Profile, replaced bool) error {
	s, err := client.Status(ctx)
	if err != nil {
		return err
	}
	is, _ := s.Account(p.ID)
	a.say(added(p, is, replaced), "id", p.ID)
	return nil
}

// added is the key of the text about an account that was added or replaced. An account that has a sign-in or a secret
// needs nothing more.
func added(p profile.Profile, is account.Account, replaced bool) string {
	ready := is.Status.HasSession() || is.Can(account.ActForgetSecret)
	switch {
	case ready && replaced:
		return "cli.import.replaced"
	case ready:
		return "cli.import.added"
	case p.Grant().NeedsSecret && replaced:
		return "cli.import.replaced-secret"
	case p.Grant().NeedsSecret:
		return "cli.import.added-secret"
	case replaced:
		return "cli.import.replaced-signin"
	}
	return "cli.import.added-signin"
}

// stored returns the profile with that id, if there is one. One with a damaged file counts as well, and can be replaced.
func stored(ctx context.Context, client *client.Client, id string) (old profile.Profile, there bool, err error) {
	old, err = client.Profile(ctx, id)
	switch fault.CodeOf(err) {
	case "", fault.BadProfile, fault.ProfileSecret:
		return old, true, nil
	case fault.ProfileUnknown:
		return old, false, nil
	}
	return old, false, err
}

// showTrust shows what a person should see before they trust a profile. A name is only what the file says about itself;
// the host is where a password will be typed.
func (a *app) showTrust(p, old profile.Profile, replace bool) error {
	rows := [][]string{{words.T("cli.import.id"), p.ID}}
	for _, fact := range p.TrustCard() {
		rows = append(rows, []string{fact.Label, fact.Value})
	}
	if err := columns(a.out, rows); err != nil {
		return err
	}
	if changes := profile.Diff(old, p); replace && len(changes) > 0 {
		a.say("cli.import.changes", "id", p.ID, "changes", strings.ReplaceAll(words.Findings(changes), "\n", "\n  "))
	}
	return nil
}

func question(p profile.Profile, replace bool) string {
	if replace {
		return words.T("cli.import.replace", "id", p.ID)
	}
	return words.T("cli.import.add", "id", p.ID)
}
