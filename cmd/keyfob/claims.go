package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/apicall"
	"keyfob/internal/jwt"
	"keyfob/internal/localapi/client"
	"keyfob/internal/words"
)

func newClaims(t *terminal) *cobra.Command {
	var asJSON bool
	cmd := forAccount("claims", func(ctx context.Context, id string) error { return printClaims(ctx, t, id, asJSON) })
	cmd.Flags().BoolVar(&asJSON, "json", false, "")
	return cmd
}

// printClaims prints what can be read in an access token, and never the token.
func printClaims(ctx context.Context, t *terminal, id string, asJSON bool) error {
	var a account.Access
	err := askAgent(ctx, func(c *client.Client) (err error) {
		a, err = c.Token(ctx, id, defaultTTL)
		return err
	})
	if err != nil {
		return err
	}
	look := jwt.LookAt(a.Token)
	if asJSON {
		return t.printJSON(struct {
			Form   jwt.Form        `json:"form"`
			Header json.RawMessage `json:"header,omitempty"`
			Claims json.RawMessage `json:"claims,omitempty"`
		}{look.Form, look.Header, look.Payload})
	}
	return printLook(t.out, look)
}

func printLook(w io.Writer, look jwt.Look) error {
	switch look.Form {
	case jwt.Opaque:
		_, err := fmt.Fprintln(w, words.T("cli.claims.opaque"))
		return err
	case jwt.Encrypted:
		fmt.Fprintln(w, words.T("cli.claims.encrypted"))
		return printObject(w, look.Header)
	default:
		err := printObject(w, look.Header)
		if err == nil {
			err = printObject(w, look.Payload)
		}
		if err == nil {
			err = columns(w, timeRows(look.Payload, time.Now()))
		}
		return err
	}
}

func printObject(w io.Writer, object json.RawMessage) error {
	var set bytes.Buffer
	_ = json.Indent(&set, object, "", "  ") // jwt.LookAt has checked that it is JSON
	_, err := fmt.Fprintln(w, apicall.Tame(set.String()))
	return err
}

// timeRows are the times in a token, in the form that people use.
func timeRows(claims json.RawMessage, now time.Time) (rows [][]string) {
	const latest = 1e11 // seconds; a larger number is in another unit
	var all map[string]json.RawMessage
	_ = json.Unmarshal(claims, &all) // jwt.LookAt has checked that it is an object
	for _, claim := range []struct{ name, label string }{
		{"auth_time", words.T("cli.claims.auth_time")}, {"iat", words.T("cli.claims.iat")},
		{"nbf", words.T("cli.claims.nbf")}, {"exp", words.T("cli.claims.exp")},
	} {
		var seconds float64
		if json.Unmarshal(all[claim.name], &seconds) != nil || seconds <= 0 || seconds >= latest {
			continue // there is none, or it is no time
		}
		when := words.Until(time.Unix(int64(seconds), 0), now)
		rows = append(rows, []string{claim.label, words.T("cli.claims.time", "when", when, "claim", claim.name)})
	}
	return rows
}
