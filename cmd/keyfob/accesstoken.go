package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/apicall"
	"keyfob/internal/fastpath"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/secret"
	"keyfob/internal/words"
)

// defaultTTL is long enough for a tool to use the token once.
const defaultTTL = time.Minute

// withMinTTL gives a command the flag that says how long a token must live.
func withMinTTL(cmd *cobra.Command, minTTL *time.Duration) *cobra.Command {
	cmd.Flags().DurationVar(minTTL, "min-ttl", defaultTTL, "")
	return cmd
}

// accessToken asks for a token of an account, and prints the note that came with it. It is what token, header, run,
// kube and git share.
func accessToken(ctx context.Context, t *terminal, id string, minTTL time.Duration) (a account.Access, err error) {
	if minTTL < 0 {
		return a, misused(fault.UsageMinTTL)
	}
	if a, err = fastAnswer(fastpath.Answer()); agentEnded(err) {
		waiting := time.AfterFunc(fastpath.Patience, func() { t.printErr("cli.waiting") })
		defer waiting.Stop()
		err = askAgent(ctx, func(c *client.Client) error {
			a, err = c.Token(ctx, id, minTTL)
			return err
		})
	}
	if err == nil && a.Note != nil {
		m := words.Of(a.Note)
		t.printErr("cli.note-short", "what", m.What, "next", m.Next, "code", m.Code)
	}
	return a, err
}

// bearerToken is accessToken for those who hand on the token alone: whoever gets it takes it for a bearer token, so one
// of another type is refused.
func bearerToken(ctx context.Context, t *terminal, id string, minTTL time.Duration) (account.Access, error) {
	a, err := accessToken(ctx, t, id, minTTL)
	if err == nil {
		_, err = apicall.BearerHeader(a)
	}
	return a, err
}

// tokenJSON is a token as JSON, with the names of RFC 6749 §5.1 where they fit. Instead of expires_in it has
// expires_at, a time, which stays true when the output is kept. The agent's answer has the same form, and a note or
// an error.
type tokenJSON struct {
	AccessToken string    `json:"access_token"`
	TokenType   string    `json:"token_type"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"`
	Scope       string    `json:"scope,omitempty"`

	Note  *fault.Error `json:"note,omitempty"`
	Error *fault.Error `json:"error,omitempty"`
}

// fastAnswer reads the agent's answer to package fastpath, which asks before the rest of the program is there.
// Without an answer that can be used the error is fault.NoAgent, and the agent is asked once more.
func fastAnswer(answer string) (account.Access, error) {
	var got tokenJSON
	switch err := json.Unmarshal([]byte(answer), &got); {
	case answer == "" || err != nil:
		return account.Access{}, fault.New(fault.NoAgent)
	case got.Error != nil:
		return account.Access{}, got.Error
	}
	a := account.Access{
		Token: secret.New(got.AccessToken), Type: got.TokenType, Expiry: got.ExpiresAt, Scope: got.Scope, Note: got.Note,
	}
	if !client.Usable(a) {
		return account.Access{}, fault.New(fault.NoAgent)
	}
	return a, nil
}
