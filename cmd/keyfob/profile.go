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

func newProfile(t *terminal) *cobra.Command { return newGroup("profile", newProfileNew(t)) }

// blankFlags are the flags that fill in the blanks of templates. What a blank means, its template says.
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

// draft is one run of keyfob profile new.
type draft struct {
	t *terminal

	template profile.Template
	values   map[string]string // by field
}

func newProfileNew(t *terminal) *cobra.Command {
	var id string
	cmd := &cobra.Command{
		Use:  "new --template NAME",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			template, known := profile.TemplateOf(id)
			if !known {
				return misused(fault.UsageTemplate, "known", strings.Join(templateIDs(), ", "))
			}
			d := &draft{t: t, template: template, values: givenBlanks(cmd)}
			return d.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&id, "template", "", "")
	_ = cmd.RegisterFlagCompletionFunc("template", completeTemplates)
	for _, f := range blankFlags {
		cmd.Flags().String(f.flag, "", "")
	}
	return cmd
}

func completeTemplates(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return templateIDs(), cobra.ShellCompDirectiveNoFileComp
}

func templateIDs() (ids []string) {
	for _, template := range profile.Templates() {
		ids = append(ids, template.ID)
	}
	return ids
}

// templateList is a line for each template, for the help.
func templateList() string {
	var lines []string
	for _, template := range profile.Templates() {
		lines = append(lines, fmt.Sprintf("  %-15s %s", template.ID, template.Explanation()))
	}
	return strings.Join(lines, "\n")
}

// givenBlanks are the values of the flags that were given, by field.
func givenBlanks(cmd *cobra.Command) map[string]string {
	values := map[string]string{}
	for _, f := range blankFlags {
		if flag := cmd.Flags().Lookup(f.flag); flag.Changed {
			values[f.field] = flag.Value.String()
		}
	}
	return values
}

// run prints the file to the standard output. What a person is asked or told goes to the standard error.
func (d *draft) run(ctx context.Context) error {
	p, open, err := d.template.Draft(d.values)
	if err == nil && len(open) > 0 && isTerminal(d.t.in) {
		p, open, err = d.fillIn(ctx)
	}
	if err != nil {
		return err
	}
	data, err := p.Marshal()
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	if _, err := d.t.out.Write(data); err != nil {
		return err
	}
	d.printOpen(open)
	d.printNext(p, open)
	return nil
}

// fillIn asks for the blanks that are open. It asks again for those that the profile's check finds wrong together.
func (d *draft) fillIn(ctx context.Context) (profile.Profile, []profile.Blank, error) {
	d.t.printErr("cli.profile.new.intro", "name", d.template.Name, "explanation", d.template.Explanation())
	typed := bufio.NewReader(d.t.in)
	for ask := d.template.Blanks; ; {
		for _, b := range ask {
			if err := d.fillOne(ctx, typed, b); err != nil {
				return profile.Profile{}, nil, err
			}
		}
		fmt.Fprintln(d.t.err)
		p, open, err := d.template.Draft(d.values)
		if err == nil {
			return p, open, nil
		}
		findings := fault.Of(err).Findings
		if ask = wrongBlanks(d.template, findings); len(ask) == 0 {
			return p, open, err
		}
		fmt.Fprintln(d.t.err, words.Findings(findings))
		for _, b := range ask {
			delete(d.values, b.Field)
		}
	}
}

// wrongBlanks are the blanks of a template that findings are about.
func wrongBlanks(template profile.Template, findings []fault.Finding) []profile.Blank {
	return slices.DeleteFunc(slices.Clone(template.Blanks), func(b profile.Blank) bool {
		return !slices.ContainsFunc(findings, func(f fault.Finding) bool { return f.Field == b.Field })
	})
}

// fillOne asks for a blank until the answer is valid or empty.
func (d *draft) fillOne(ctx context.Context, typed *bufio.Reader, b profile.Blank) error {
	if d.values[b.Field] != "" {
		return nil
	}
	d.t.printErr("cli.profile.new.blank", "where", b.Where(), "example", b.Example, "default", b.Default)
	for {
		fmt.Fprint(d.t.err, words.T("cli.profile.new.ask", "label", b.Label()))
		line, err := readLine(ctx, typed)
		if err != nil {
			return fault.New(fault.Unconfirmed)
		}
		value := strings.TrimSpace(line)
		problem := b.Check(value)
		if value == "" || problem == nil {
			d.values[b.Field] = value
			return nil
		}
		fmt.Fprintln(d.t.err, "  "+words.What(*problem))
	}
}

// printOpen lists the blanks that are still open.
func (d *draft) printOpen(open []profile.Blank) {
	if len(open) == 0 {
		return
	}
	d.t.printErr("cli.profile.new.open")
	var rows [][]string
	for _, b := range open {
		rows = append(rows, []string{"  " + b.Label(), b.Where()})
	}
	_ = columns(d.t.err, rows) // an error of the standard error cannot be reported anywhere
}

// printNext prints what has to be registered at the provider, or where the client secret goes.
func (d *draft) printNext(p profile.Profile, open []profile.Blank) {
	if p.Grant().NeedsSecret {
		d.t.printErr("cli.profile.new.secret", "id", p.ID)
	}
	if !p.Grant().Redirects {
		return
	}
	host := p.Host()
	if slices.ContainsFunc(open, func(b profile.Blank) bool { return b.Field == "domain" || b.Field == "issuer" }) {
		host = ""
	}
	addresses := strings.Join(p.Redirects(), "\n  ")
	d.t.printErr("cli.profile.new.register", "host", host, "addresses", addresses)
}
