package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/apicall"
	"keyfob/internal/localapi/client"
	"keyfob/internal/words"
)

func (a *app) claimsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "claims ID",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.claims(cmd.Context(), args[0], asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

func (a *app) claims(ctx context.Context, id string, asJSON bool) error {
	var access account.Access
	err := askAgent(ctx, func(client *client.Client) (err error) {
		access, err = client.Token(ctx, id, defaultTTL)
		return err
	})
	if err != nil {
		return err
	}
	look := apicall.LookAt(access.Token)
	if asJSON {
		return a.printJSON(struct {
			Form   apicall.Form    `json:"form"`
			Header json.RawMessage `json:"header,omitempty"`
			Claims json.RawMessage `json:"claims,omitempty"`
		}{look.Form, look.Header, look.Payload})
	}
	return a.printLook(look)
}

func (a *app) printLook(look apicall.Look) error {
	switch look.Form {
	case apicall.Opaque:
		_, err := fmt.Fprintln(a.out, words.T("cli.claims.opaque"))
		return err
	case apicall.Encrypted:
		a.say("cli.claims.encrypted")
		return a.printObject(look.Header)
	default:
		err := a.printObject(look.Header)
		if err == nil {
			err = a.printObject(look.Payload)
		}
		if err == nil {
			err = a.printTimes(look.Payload)
		}
		return err
	}
}

func (a *app) printObject(object json.RawMessage) error {
	var set bytes.Buffer
	_ = json.Indent(&set, object, "", "  ") // it is JSON: see apicall.LookAt
	_, err := fmt.Fprintln(a.out, apicall.Tame(set.String()))
	return err
}

// printTimes says the times in a token as people do.
func (a *app) printTimes(claims json.RawMessage) error {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(claims, &all) // it is an object: see apicall.LookAt
	now := time.Now()
	var rows [][]string
	for _, claim := range []struct{ name, says string }{
		{"auth_time", words.T("cli.claims.auth_time")}, {"iat", words.T("cli.claims.iat")},
		{"nbf", words.T("cli.claims.nbf")}, {"exp", words.T("cli.claims.exp")},
	} {
		var seconds float64
		if json.Unmarshal(all[claim.name], &seconds) == nil && all[claim.name] != nil && seconds > 0 && seconds < 1e11 {
			when := words.Until(time.Unix(int64(seconds), 0), now)
			rows = append(rows, []string{claim.says, words.T("cli.claims.time", "when", when, "claim", claim.name)})
		}
	}
	return columns(a.out, rows)
}
