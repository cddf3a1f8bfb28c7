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

func (a *app) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:  "status [ID]",
		Args: oneArgument,

		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.status(cmd.Context(), strings.Join(args, ""), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

// status shows all accounts, or the one with that id.
func (a *app) status(ctx context.Context, id string, asJSON bool) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	s, err := settled(ctx, client)
	if err != nil {
		return err
	}
	if id != "" {
		if s, err = only(ctx, client, s, id); err != nil {
			return err
		}
	}
	if asJSON {
		return a.printJSON(withoutLinks(s))
	}
	if id != "" {
		return columns(a.out, a.details(s.Accounts[0], s.Keychain, time.Now()))
	}
	return a.overview(s)
}

// only keeps one account of a snapshot. Where there is none with that id the error of the agent names the nearest.
func only(ctx context.Context, client *client.Client, s account.Snapshot, id string) (account.Snapshot, error) {
	one, ok := s.Account(id)
	if !ok {
		_, err := client.Profile(ctx, id)
		return s, err
	}
	s.Accounts = []account.Account{one}
	return s, nil
}

// withoutLinks removes the addresses of sign-ins under way. Output is kept in logs, where they do not belong.
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

func (a *app) overview(s account.Snapshot) error {
	var rows [][]string
	for _, one := range s.Accounts {
		state := stateOf(one, s.Keychain)
		rows = append(rows, []string{one.ID, one.Name, one.Host, a.stateWords(state)})
		if state.Code != "" {
			next := words.T("cli.status.next", "next", state.Next, "code", state.Code)
			rows = append(rows, []string{"", "", "", "  " + oneLine(next)})
		}
	}
	if err := columns(a.out, rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		a.say("cli.no-accounts")
	}
	fmt.Fprintln(a.out)
	return columns(a.out, [][]string{
		row("cli.status.keychain", keychainWords(s.Keychain)),
		row("cli.status.agent", agentWords(s.Agent, time.Now())),
		row("cli.status.log", s.Agent.Log),
	})
}

// stateOf is the state of an account in words. Without a keychain a secret cannot be kept, unless somebody said that it
// may stay in memory: the next step is another one then.
func stateOf(one account.Account, k account.Keychain) words.State {
	s := words.Status(one)
	if s.Code == string(fault.SecretMissing) && k.Problem != nil && k.Problem.Code == fault.KeychainMissing {
		s.Next = words.T("cli.status.no-keychain", "id", one.ID)
	}
	return s
}

func (a *app) stateWords(s words.State) string { return a.mark(s.Tone) + " " + oneLine(s.Text) }

// details are all facts about one account, one a line.
func (a *app) details(one account.Account, k account.Keychain, now time.Time) [][]string {
	state, at := stateOf(one, k), row("cli.status.signs-in-at", one.Host)
	if one.Can(account.ActSetSecret) {
		at = row("cli.status.tokens-from", one.Host)
	}
	rows := [][]string{
		row("cli.status.id", one.ID),
		row("cli.status.name", one.Name),
		at,
		row("cli.status.state", a.stateWords(state)),
	}
	if state.Next != "" {
		rows = append(rows, row("cli.status.try", oneLine(state.Next)))
	}
	if state.Code != "" {
		rows = append(rows, row("cli.status.code", withCause(state.Code, state.Detail)))
	}
	if one.Who != nil {
		rows = append(rows, row("cli.status.who", person(*one.Who)))
	}
	if !one.Until.IsZero() {
		until := words.T("cli.status.until", "until", words.Until(one.Until, now))
		rows = append(rows, row("cli.status.token", until))
	}
	if one.Status.HasSession() {
		rows = append(rows, row("cli.status.kept", kept(one)))
	}
	rows = append(rows, counted(one, now)...)
	if one.Attempt != nil {
		rows = append(rows, row("cli.status.callback", one.Attempt.RedirectURI))
	}
	for _, m := range words.Besides(one) {
		text := words.T("cli.status.note-text", "what", m.What, "next", m.Next, "code", m.Code)
		rows = append(rows, row("cli.status.note", oneLine(text)))
	}
	if len(one.Support) > 0 {
		rows = append(rows, row("cli.status.support", strings.Join(one.Support, ", ")))
	}
	return rows
}

// row is a fact with its label, which is a text of the catalogue.
func row(label, fact string) []string { return []string{words.T(label), fact} }

// counted says how many tokens were asked for, of an account of which they are counted.
func counted(one account.Account, now time.Time) (rows [][]string) {
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

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// withCause is a code, with its technical cause where that is known.
func withCause(code, detail string) string {
	if detail == "" {
		return code
	}
	return code + " (" + oneLine(detail) + ")"
}

func kept(one account.Account) string {
	if one.Saved {
		return words.T("cli.status.in-keychain")
	}
	return words.T("cli.status.in-memory")
}

// person is everything that is known about who is signed in.
func person(p account.Person) string {
	var parts []string
	for _, s := range []string{p.Name, p.Email, p.Organization, p.Subject} {
		if s != "" && !slices.Contains(parts, s) {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

func keychainWords(k account.Keychain) string {
	switch k.State {
	case account.KeychainReady:
		return words.T("cli.status.keychain.ready")
	case account.KeychainChecking:
		return words.T("cli.status.keychain.checking")
	case account.KeychainMemoryOnly:
		return words.T("cli.status.keychain.memory")
	}
	if k.Problem == nil {
		return words.T("cli.status.keychain.unusable")
	}
	return oneLine(words.Of(k.Problem).What)
}

func agentWords(r account.Agent, now time.Time) string {
	return words.T("cli.status.agent-is",
		"kind", words.Kind(r.Kind), "pid", strconv.Itoa(r.PID), "version", r.Version, "since", words.Until(r.Started, now))
}
