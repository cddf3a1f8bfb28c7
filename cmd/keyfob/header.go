package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/apicall"
)

func newHeader(t *terminal) *cobra.Command {
	var minTTL time.Duration
	cmd := forAccount("header", func(ctx context.Context, id string) error { return printHeader(ctx, t, id, minTTL) })
	return withMinTTL(cmd, &minTTL)
}

// printHeader prints the header that carries a token (RFC 6750 §2.1).
func printHeader(ctx context.Context, t *terminal, id string, minTTL time.Duration) error {
	a, err := accessToken(ctx, t, id, minTTL)
	if err != nil {
		return err
	}
	value, err := apicall.BearerHeader(a)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "Authorization: %s\n", value)
	return err
}
