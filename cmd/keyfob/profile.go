package main

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/words"
)

func (a *app) profileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:  "profile",
		Args: a.knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.profileNewCommand())
	return cmd
}

// blankFlags are the flags that fill in the blanks of the templates. Each template says which blanks it has.
var blankFlags = []struct{ field, flag string }{
	{"domain", "domain"},
	{"issuer", "issuer"},
	{"client_id", "client-id"},
	{"audience", "audience"},
	{"scope", "scope"},
	{"tenant", "tenant"},
	{"token_endpoint", "token-url"},
	{"api.base_urls", "api-url"},
	{"api.test_url", "test-url"},
	{"monthly_token_limit", "monthly-limit"},
	{"id", "id"},
	{"client_name", "name"},
}

func (a *app) profileNewCommand() *cobra.Command {
	var id string
	var ids []string
	var lines []string
	for _, t := range profile.Templates() {
		ids = append(ids, t.ID)
		lines = append(lines, fmt.Sprintf("  %-15s %s", t.ID, t.Explanation))
	}
	values := map[string]string{}
	cmd := &cobra.Command{
		Use:         "new --template NAME",
		Annotations: map[string]string{"templates": strings.Join(lines, "\n")}, // for its help
		Args:        noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, f := range blankFlags {
				if flag := cmd.Flags().Lookup(f.flag); flag.Changed {
					values[f.field] = flag.Value.String()
				}
			}
			t, known := profile.TemplateOf(id)
			if !known {
				return misused(fault.UsageTemplate, "known", strings.Join(ids, ", "))
			}
			return a.newProfile(cmd.Context(), t, values)
		},
	}
	cmd.Flags().StringVar(&id, "template", "", "")
	_ = cmd.RegisterFlagCompletionFunc("template", cobra.FixedCompletions(ids, cobra.ShellCompDirectiveNoFileComp))
	for _, f := range blankFlags {
		cmd.Flags().String(f.flag, "", "")
	}
	return cmd
}

// newProfile prints the file, and on the standard error what to do next.
func (a *app) newProfile(ctx context.Context, t profile.Template, values map[string]string) error {
	p, open, err := t.Draft(values)
	if err == nil && len(open) > 0 && attended(a.in) {
		p, open, err = a.fillIn(ctx, t, values)
	}
	if err != nil {
		return err
	}
	data, err := p.Marshal()
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	if _, err := a.out.Write(data); err != nil {
		return err
	}
	a.tellOpen(open)
	a.tellNext(p, open)
	return nil
}

// fillIn asks for the blanks that are open, and again for values that do not go together. It asks on the standard error,
// because the file goes to the standard output.
func (a *app) fillIn(
	ctx context.Context, t profile.Template, values map[string]string,
) (profile.Profile, []profile.Blank, error) {
	a.tell("cli.profile.new.intro", "name", t.Name, "explanation", t.Explanation)
	typed := bufio.NewReader(a.in)
	for ask := t.Blanks; ; {
		for _, b := range ask {
			if err := a.fillOne(ctx, typed, b, values); err != nil {
				return profile.Profile{}, nil, err
			}
		}
		fmt.Fprintln(a.err)
		p, open, err := t.Draft(values)
		if err == nil {
			return p, open, nil
		}
		findings := fault.Of(err).Findings
		ask = slices.DeleteFunc(slices.Clone(t.Blanks), func(b profile.Blank) bool {
			return !slices.ContainsFunc(findings, func(f fault.Finding) bool { return f.Field == b.Field })
		})
		if len(ask) == 0 {
			return p, open, err
		}
		fmt.Fprintln(a.err, words.Findings(findings))
		for _, b := range ask {
			delete(values, b.Field)
		}
	}
}

// fillOne asks until the answer is valid or empty.
func (a *app) fillOne(ctx context.Context, typed *bufio.Reader, b profile.Blank, values map[string]string) error {
	if values[b.Field] != "" {
		return nil
	}
	a.tell("cli.profile.new.blank", "where", b.Where, "example", b.Example, "default", b.Default)
	for {
		fmt.Fprint(a.err, words.T("cli.profile.new.ask", "label", b.Label))
		value, err := line(ctx, typed)
		if err != nil {
			return fault.New(fault.Unconfirmed)
		}
		problem := b.Check(value)
		if value == "" || problem == nil {
			values[b.Field] = value
			return nil
		}
		fmt.Fprintln(a.err, "  "+words.What(*problem))
	}
}

// line reads the next line that is typed, without the blanks around it. The error is that of ctx.
func line(ctx context.Context, typed *bufio.Reader) (string, error) {
	answer := make(chan string, 1)
	go func() { // a read from a terminal cannot be cut off; it ends with the program
		s, _ := typed.ReadString('\n')
		answer <- strings.TrimSpace(s)
	}()
	select {
	case s := <-answer:
		return s, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// tellOpen lists what is still missing.
func (a *app) tellOpen(open []profile.Blank) {
	if len(open) == 0 {
		return
	}
	a.tell("cli.profile.new.open")
	var rows [][]string
	for _, b := range open {
		rows = append(rows, []string{"  " + b.Label, b.Where})
	}
	_ = columns(a.err, rows) // where this cannot be printed, nothing can
}

// tellNext says what has to be registered at the provider, or where the secret goes.
func (a *app) tellNext(p profile.Profile, open []profile.Blank) {
	if p.Grant().NeedsSecret {
		a.tell("cli.profile.new.secret", "id", p.ID)
		return
	}
	host := p.Host()
	if slices.ContainsFunc(open, func(b profile.Blank) bool { return b.Field == "domain" || b.Field == "issuer" }) {
		host = ""
	}
	a.tell("cli.profile.new.register", "host", host, "addresses", strings.Join(p.Redirects(), "\n  "))
}
