package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/words"
)

func newStatus(t *terminal) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "status [ID]",
		Args:              oneArgument,
		ValidArgsFunction: completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return printStatus(cmd.Context(), t, optional(args), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

// printStatus prints all accounts in short, or the one with that id in detail.
func printStatus(ctx context.Context, t *terminal, id string, asJSON bool) error {
	c, err := connect(ctx, false)
	if err != nil {
		return err
	}
	s, err := settled(ctx, c)
	if err != nil {
		return err
	}
	if id != "" {
		if s, err = onlyAccount(ctx, c, s, id); err != nil {
			return err
		}
	}
	if asJSON {
		return t.printJSON(withoutLinks(s))
	}
	if id != "" {
		return columns(t.out, detailRows(t, s.Accounts[0], s.Keychain, time.Now()))
	}
	return printOverview(t, s)
}

// onlyAccount keeps one account of a snapshot. Where there is no such account the error is the agent's, which names
// the nearest id.
func onlyAccount(ctx context.Context, c *client.Client, s account.Snapshot, id string) (account.Snapshot, error) {
	one, ok := s.Account(id)
	if !ok {
		_, err := c.Profile(ctx, id)
		return s, err
	}
	s.Accounts = []account.Account{one}
	return s, nil
}

// withoutLinks takes out the links of sign-ins under way: output is kept in logs, and a link does not belong there.
func withoutLinks(s account.Snapshot) account.Snapshot {
	s.Accounts = slices.Clone(s.Accounts)
	for i, one := range s.Accounts {
		if one.Attempt != nil {
			attempt := *one.Attempt
			attempt.URL = ""
			s.Accounts[i].Attempt = &attempt
		}
	}
	return s
}

func printOverview(t *terminal, s account.Snapshot) error {
	var rows [][]string
	for _, one := range s.Accounts {
		state := stateOf(one, s.Keychain)
		rows = append(rows, []string{one.ID, one.Name, one.Host, stateText(t, state)})
		if state.Code != "" {
			next := words.T("cli.status.next", "next", state.Next, "code", state.Code)
			rows = append(rows, []string{"", "", "", "  " + oneLine(next)})
		}
	}
	if err := columns(t.out, rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		t.print("cli.no-accounts")
	}
	fmt.Fprintln(t.out)
	return columns(t.out, [][]string{
		row("cli.status.keychain", keychainText(s.Keychain)),
		row("cli.status.agent", agentText(s.Agent, time.Now())),
		row("cli.status.log", s.Agent.Log),
	})
}

// stateOf is the state of an account in words. Without a keychain a secret cannot be kept, so the next step is to
// allow that it stays in memory.
func stateOf(one account.Account, k account.Keychain) words.State {
	s := words.Status(one)
	if s.Code == string(fault.SecretMissing) && k.Problem != nil && k.Problem.Code == fault.KeychainMissing {
		s.Next = words.T("cli.status.no-keychain", "id", one.ID)
	}
	return s
}

func stateText(t *terminal, s words.State) string { return t.mark(s.Tone) + " " + oneLine(s.Text) }

// detailRows are all that is known of one account: a label and a text each.
func detailRows(t *terminal, one account.Account, k account.Keychain, now time.Time) [][]string {
	state := stateOf(one, k)
	rows := [][]string{
		row("cli.status.id", one.ID),
		row("cli.status.name", one.Name),
		{words.HostLabel(one), one.Host},
		row("cli.status.state", stateText(t, state)),
	}
	add := func(label, fact string) { rows = append(rows, row(label, fact)) }
	if state.Next != "" {
		add("cli.status.try", oneLine(state.Next))
	}
	if state.Code != "" {
		add("cli.status.code", withCause(state.Code, state.Detail))
	}
	if one.Who != nil {
		add("cli.status.who", personText(*one.Who))
	}
	if !one.Until.IsZero() {
		add("cli.status.token", words.T("cli.status.until", "until", words.Until(one.Until, now)))
	}
	if one.Status.HasSession() {
		add("cli.status.kept", keptText(one))
	}
	rows = append(rows, countRows(one, now)...)
	if one.Attempt != nil {
		add("cli.status.callback", one.Attempt.RedirectURI)
	}
	for _, m := range words.Besides(one) {
		note := words.T("cli.status.note-text", "what", m.What, "next", m.Next, "code", m.Code)
		add("cli.status.note", oneLine(note))
	}
	if len(one.Support) > 0 {
		add("cli.status.support", strings.Join(one.Support, ", "))
	}
	return rows
}

// row is a fact with its label, which is a key of the catalogue.
func row(label, fact string) []string { return []string{words.T(label), fact} }

// countRows are the counts and quotas of an account whose tokens are counted. Other accounts have none.
func countRows(one account.Account, now time.Time) (rows [][]string) {
	if meter := words.CountedFor(one, now); meter != "" {
		rows = append(rows, row("cli.status.tokens", words.T("cli.status.counted", "meter", meter)),
			row("cli.status.reused", words.ReusedFor(one)))
	}
	for _, q := range words.QuotasOf(one) {
		left := words.T("cli.status.quota-left", "quota", q.Name, "left", words.Quota(q, now))
		rows = append(rows, row("cli.status.quota", left))
	}
	return rows
}

// withCause is a code as support asks for it, with the technical cause where one is known.
func withCause(code, detail string) string {
	if detail == "" {
		return code
	}
	return words.T("cli.status.code-cause", "code", code, "cause", oneLine(detail))
}

func keptText(one account.Account) string {
	if one.Saved {
		return words.T("cli.status.in-keychain")
	}
	return words.T("cli.status.in-memory")
}

// personText is everything that is known about who is signed in.
func personText(p account.Person) string {
	var parts []string
	for _, s := range []string{p.Name, p.Email, p.Organization, p.Subject} {
		if s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

func keychainText(k account.Keychain) string {
	switch k.State {
	case account.KeychainReady:
		return words.T("cli.status.keychain.ready")
	case account.KeychainChecking:
		return words.T("cli.status.keychain.checking")
	case account.KeychainMemoryOnly:
		return words.T("cli.status.keychain.memory")
	case account.KeychainUnusable: // said below; a newer agent may know further states
	}
	if k.Problem == nil {
		return words.T("cli.status.keychain.unusable")
	}
	return oneLine(words.Of(k.Problem).What)
}

func agentText(a account.Agent, now time.Time) string {
	return words.T("cli.status.agent-is",
		"kind", words.Kind(a.Kind), "pid", strconv.Itoa(a.PID), "version", a.Version, "since", words.Until(a.Started, now))
}
