package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

func (a *app) profileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "profile",
		Short: "Write a profile file",
		Example: `  keyfob profile new --template oidc --issuer https://login.acme.example/ \
    --client-id ID > acme.json`,
		Args: a.knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.profileNewCommand())
	return cmd
}

// blankFlags fill in the blanks of the templates. What a blank is in the one or the other, the template says.
var blankFlags = []struct{ field, flag, usage string }{
	{"domain", "domain", "the domain of the tenant at Auth0"},
	{"issuer", "issuer", "the address of the sign-in service"},
	{"client_id", "client-id", "the client id of the application there"},
	{"audience", "audience", "the identifier of the API"},
	{"scope", "scope", "the scopes to ask for"},
	{"tenant", "tenant", "the tenant in the API's paths"},
	{"token_endpoint", "token-url", "where the provider gives tokens to programs"},
	{"api.base_urls", "api-url", "where the token may be sent; a space between two"},
	{"api.test_url", "test-url", "an address of the API that answers where a token is good"},
	{"monthly_token_limit", "monthly-limit", "tokens a month, where Keyfob stops by itself"},
	{"id", "id", "the account's name on the command line (the template's, or from the host)"},
	{"client_name", "name", "what people see (the template's, or from the host)"},
}

func (a *app) profileNewCommand() *cobra.Command {
	var id string
	var ids []string
	long := "Print a profile file to start from. What is not given is asked for at a terminal;\n" +
		"elsewhere it is marked in the file, which keyfob import refuses until it is\nfilled in.\n\nTemplates:"
	for _, t := range profile.Templates() {
		ids = append(ids, t.ID)
		long += fmt.Sprintf("\n  %-15s %s", t.ID, t.Explanation)
	}
	values := map[string]string{}
	cmd := &cobra.Command{
		Use:   "new --template NAME",
		Short: "Print a profile file to start from",
		Long:  long,
		Example: `  keyfob profile new --template auth0 --domain acme.eu.auth0.com \
    --client-id ID --audience https://api.acme.example > acme.json
  keyfob profile new --template rhythm > rhythm.json    asks for the rest`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, f := range blankFlags {
				if flag := cmd.Flags().Lookup(f.flag); flag.Changed {
					values[f.field] = flag.Value.String()
				}
			}
			t, known := profile.TemplateOf(id)
			if !known {
				return fault.New(fault.BadUsage, "reason", "--template is one of "+strings.Join(ids, ", "))
			}
			return a.newProfile(cmd.Context(), t, values)
		},
	}
	cmd.Flags().StringVar(&id, "template", "", "which one: see above")
	_ = cmd.RegisterFlagCompletionFunc("template", cobra.FixedCompletions(ids, cobra.ShellCompDirectiveNoFileComp))
	for _, f := range blankFlags {
		cmd.Flags().String(f.flag, "", f.usage)
	}
	return cmd
}

// newProfile prints the file, and to the people at the terminal what comes next.
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

// fillIn asks for the blanks that are not filled in yet, and again for what does not go together. The questions are not
// in the way of the file, which goes to the standard output.
func (a *app) fillIn(
	ctx context.Context, t profile.Template, values map[string]string,
) (profile.Profile, []profile.Blank, error) {
	fmt.Fprintf(a.err, "%s: %s. Enter leaves a blank open.\n", t.Name, t.Explanation)
	typed := bufio.NewReader(a.in)
	for ask := t.Blanks; ; {
		for _, b := range ask {
			if err := a.fillOne(ctx, typed, b, values); err != nil {
				return profile.Profile{}, nil, err
			}
		}
		fmt.Fprintln(a.err)
		p, open, err := t.Draft(values)
		wrong, judged := errors.AsType[*profile.Error](err)
		if !judged {
			return p, open, err
		}
		ask = slices.DeleteFunc(slices.Clone(t.Blanks), func(b profile.Blank) bool {
			return !slices.ContainsFunc(wrong.Problems, func(p profile.Problem) bool { return p.Field == b.Field })
		})
		if len(ask) == 0 {
			return p, open, err
		}
		fmt.Fprintln(a.err, wrong)
		for _, b := range ask {
			delete(values, b.Field)
		}
	}
}

// fillOne asks until the answer is a good one, or none.
func (a *app) fillOne(ctx context.Context, typed *bufio.Reader, b profile.Blank, values map[string]string) error {
	if values[b.Field] != "" {
		return nil
	}
	hint := "for example " + b.Example
	if b.Default != "" {
		hint = "Enter takes " + b.Default
	}
	fmt.Fprintf(a.err, "\n%s (%s)\n", b.Where, hint)
	for {
		fmt.Fprint(a.err, b.Label+": ")
		value, err := line(ctx, typed)
		if err != nil {
			return fault.New(fault.Unconfirmed)
		}
		problem := b.Check(value)
		if value == "" || problem == nil {
			values[b.Field] = value
			return nil
		}
		fmt.Fprintln(a.err, "  "+problem.Reason)
	}
}

// line is the next one that is typed, without the blanks around it; the last may have no end. It is an error that ctx
// has ended.
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
	fmt.Fprintln(a.err, "To be filled in before keyfob import takes the file:")
	var rows [][]string
	for _, b := range open {
		rows = append(rows, []string{"  " + b.Label, b.Where})
	}
	_ = columns(a.err, rows) // where that cannot be said, nothing can
}

// tellNext says what has to be registered at the provider, or where the secret goes.
func (a *app) tellNext(p profile.Profile, open []profile.Blank) {
	if p.Machine() {
		fmt.Fprintf(a.err, "The client secret does not belong in the file. After keyfob import: keyfob secret set %s\n", p.ID)
		return
	}
	host := p.Host()
	if slices.ContainsFunc(open, func(b profile.Blank) bool { return b.Field == "domain" || b.Field == "issuer" }) {
		host = "the provider"
	}
	fmt.Fprintf(a.err, "At %s, register a native application without a secret, with these callback addresses:\n  %s\n",
		host, strings.Join(p.Redirects(), "\n  "))
}
