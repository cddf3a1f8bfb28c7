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

// only keeps one account of a snapshot. Where there is no such account the agent says so, with the nearest name.
func only(ctx context.Context, client *client.Client, s account.Snapshot, id string) (account.Snapshot, error) {
	one, ok := s.Account(id)
	if !ok {
		_, err := client.Profile(ctx, id)
		return s, err
	}
	s.Accounts = []account.Account{one}
	return s, nil
}

// withoutLinks takes out the addresses of sign-ins under way: output is kept in logs, where they do not belong.
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
			rows = append(rows, []string{"", "", "", "  " + oneLine(words.T("cli.status.next", "next", state.Next, "code", state.Code))})
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
		{words.T("cli.status.keychain"), keychainWords(s.Keychain)},
		{words.T("cli.status.agent"), agentWords(s.Agent, time.Now())},
		{words.T("cli.status.log"), s.Agent.Log},
	})
}

// stateOf is the state of an account in words. Where there is no keychain, a secret has nowhere to go as long as nobody
// says that it may stay in memory.
func stateOf(one account.Account, k account.Keychain) words.State {
	s := words.Status(one)
	if s.Code == string(fault.SecretMissing) && k.Problem != nil && k.Problem.Code == fault.KeychainMissing {
		s.Next = words.T("cli.status.no-keychain", "id", one.ID)
	}
	return s
}

func (a *app) stateWords(s words.State) string { return a.mark(s.Tone) + " " + oneLine(s.Text) }

// details are all that is known of one account, line by line.
func (a *app) details(one account.Account, k account.Keychain, now time.Time) [][]string {
	state, at := stateOf(one, k), words.T("cli.status.signs-in-at")
	if one.Can(account.ActSetSecret) {
		at = words.T("cli.status.tokens-from")
	}
	rows := [][]string{
		{words.T("cli.status.id"), one.ID},
		{words.T("cli.status.name"), one.Name},
		{at, one.Host},
		{words.T("cli.status.state"), a.stateWords(state)},
	}
	if state.Next != "" {
		rows = append(rows, []string{words.T("cli.status.try"), oneLine(state.Next)})
	}
	if state.Code != "" {
		rows = append(rows, []string{words.T("cli.status.code"), withCause(state.Code, state.Detail)})
	}
	if one.Who != nil {
		rows = append(rows, []string{words.T("cli.status.who"), person(*one.Who)})
	}
	if !one.Until.IsZero() {
		rows = append(rows, []string{words.T("cli.status.token"), words.T("cli.status.until", "until", words.Until(one.Until, now))})
	}
	if one.Status.HasSession() {
		rows = append(rows, []string{words.T("cli.status.kept"), kept(one)})
	}
	rows = append(rows, machine(one.Machine, now)...)
	if one.Attempt != nil {
		rows = append(rows, []string{words.T("cli.status.callback"), one.Attempt.RedirectURI})
	}
	for _, m := range words.Besides(one) {
		rows = append(rows, []string{words.T("cli.status.note"), oneLine(words.T("cli.status.note-text", "what", m.What, "next", m.Next, "code", m.Code))})
	}
	if len(one.Support) > 0 {
		rows = append(rows, []string{words.T("cli.status.support"), strings.Join(one.Support, ", ")})
	}
	return rows
}

// machine is what was counted of a program's own account; nothing of one of people.
func machine(m *account.Machine, now time.Time) (rows [][]string) {
	if m == nil {
		return nil
	}
	rows = [][]string{
		{words.T("cli.status.tokens"), words.T("cli.status.counted", "meter", words.Meter(m.Meter, now))},
		{words.T("cli.status.reused"), words.T("cli.status.reused-times", "n", m.Meter.Reused)},
	}
	for _, q := range m.Quotas {
		rows = append(rows, []string{words.T("cli.status.quota"), words.T("cli.status.quota-left", "quota", q.Name, "left", words.Quota(q, now))})
	}
	return rows
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// withCause is a code as support asks for it, with the technical cause where one is known.
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

// person is everything that is known of who is signed in.
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
		"kind", string(r.Kind), "pid", strconv.Itoa(r.PID), "version", r.Version, "since", words.Until(r.Started, now))
}
