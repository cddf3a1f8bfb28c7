package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/fastpath"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/secret"
	"keyfob/internal/words"
)

func (a *app) tokenCommand() *cobra.Command {
	var minTTL time.Duration
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "token ID",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.token(cmd.Context(), args[0], minTTL, asJSON)
		},
	}
	withMinTTL(cmd, &minTTL)
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

// withMinTTL gives a command the flag that says how long a token must live.
func withMinTTL(cmd *cobra.Command, minTTL *time.Duration) {
	cmd.Flags().DurationVar(minTTL, "min-ttl", defaultTTL, "")
}

// defaultTTL is enough for a tool to use the token once.
const defaultTTL = time.Minute

func (a *app) token(ctx context.Context, id string, minTTL time.Duration, asJSON bool) error {
	access, err := a.access(ctx, id, minTTL)
	if err != nil {
		return err
	}
	if asJSON {
		return a.printJSON(handOut{
			AccessToken: access.Token.Reveal(), TokenType: access.Type, ExpiresAt: access.Expiry, Scope: access.Scope,
		})
	}
	_, err = fmt.Fprintln(a.out, access.Token.Reveal())
	return err
}

// access asks for a token of an account, and prints the note that comes with it.
func (a *app) access(ctx context.Context, id string, minTTL time.Duration) (access account.Access, err error) {
	if minTTL < 0 {
		return access, misused(fault.UsageMinTTL)
	}
	if access, err = saidAlready(fastpath.Answer()); agentEnded(err) {
		waiting := time.AfterFunc(fastpath.Patience, func() { a.tell("cli.waiting") })
		defer waiting.Stop()
		err = askAgent(ctx, func(client *client.Client) error {
			access, err = client.Token(ctx, id, minTTL)
			return err
		})
	}
	if err == nil && access.Note != nil {
		m := words.Of(access.Note)
		a.tell("cli.note-short", "what", m.What, "next", m.Next, "code", m.Code)
	}
	return access, err
}

// handOut is a token as JSON, with the names of RFC 6749 §5.1 where they fit. expires_at is a moment and no duration, so
// that it stays true when the output is kept. The last two fields are in the agent's answer only.
type handOut struct {
	AccessToken string    `json:"access_token"`
	TokenType   string    `json:"token_type"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	Scope       string    `json:"scope,omitempty"`

	Note  *fault.Error `json:"note,omitempty"`
	Error *fault.Error `json:"error,omitempty"`
}

// saidAlready reads the answer of the agent to the question that package fastpath asked. Without an answer nobody was
// asked, or nobody was there.
func saidAlready(answer string) (account.Access, error) {
	var said handOut
	switch err := json.Unmarshal([]byte(answer), &said); {
	case answer == "" || err != nil:
		return account.Access{}, fault.New(fault.NoAgent)
	case said.Error != nil:
		return account.Access{}, said.Error
	}
	return account.Access{
		Token: secret.New(said.AccessToken), Type: said.TokenType, Expiry: said.ExpiresAt, Scope: said.Scope, Note: said.Note,
	}, nil
}

func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
