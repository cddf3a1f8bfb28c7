package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"keyfob/account"
	"keyfob/internal/fault"
	"keyfob/words"
)

func (a *app) tokenCommand() *cobra.Command {
	var minTTL time.Duration
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "token ID",
		Short: "Print an access token, and nothing else",
		Long: `Print an access token, and nothing else. It never opens a browser: where a
sign-in is needed the exit code is 3.

  curl -H "Authorization: Bearer $(keyfob token acme)" https://api.acme.example/`,
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if minTTL < 0 {
				return fault.New(fault.BadUsage, "reason", "--min-ttl is a time such as 60s or 10m")
			}
			return a.token(cmd.Context(), args[0], minTTL, asJSON)
		},
	}
	cmd.Flags().DurationVar(&minTTL, "min-ttl", time.Minute, "how long the token must be valid for at least")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print access_token, token_type, expires_at and scope as JSON")
	return cmd
}

func (a *app) token(ctx context.Context, id string, minTTL time.Duration, asJSON bool) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	access, err := client.Token(ctx, id, minTTL)
	if residentEnded(err) {
		if client, err = connect(ctx, false); err == nil {
			access, err = client.Token(ctx, id, minTTL)
		}
	}
	if err != nil {
		return err
	}
	if access.Note != nil {
		m := words.Of(access.Note)
		fmt.Fprintf(a.err, "keyfob: %s %s (%s)\n", m.What, m.Next, m.Code)
	}
	if asJSON {
		return a.printJSON(handOut(access))
	}
	_, err = fmt.Fprintln(a.out, access.Token.Reveal())
	return err
}

// residentEnded tells an end of the resident while it was asked: it made way for another, or crashed. Asking once more
// does no harm.
func residentEnded(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.NoResident || code == fault.ResidentFailed
}

// handOut is a token as JSON, with the names of RFC 6749 §5.1 where they fit: expires_at is a time, so that it stays
// true when the output is kept.
func handOut(access account.Access) any {
	return struct {
		AccessToken string    `json:"access_token"`
		TokenType   string    `json:"token_type"`
		ExpiresAt   time.Time `json:"expires_at,omitzero"`
		Scope       string    `json:"scope,omitempty"`
	}{access.Token.Reveal(), access.Type, access.Expiry, access.Scope}
}

func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
