package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/secret"
	"keyfob/internal/words"
)

func newSecret(t *terminal) *cobra.Command {
	return newGroup("secret", newSecretSet(t), newSecretForget(t))
}

func newSecretSet(t *terminal) *cobra.Command {
	var untried bool
	cmd := forAccount("set", func(ctx context.Context, id string) error { return setSecret(ctx, t, id, untried) })
	cmd.Flags().BoolVar(&untried, "untried", false, "")
	return cmd
}

func newSecretForget(t *terminal) *cobra.Command {
	return forAccount("forget", func(ctx context.Context, id string) error { return forgetSecret(ctx, t, id) })
}

// setSecret reads a client secret and gives it to the agent, which tries it unless untried says not to.
func setSecret(ctx context.Context, t *terminal, id string, untried bool) error {
	c, err := connect(ctx, false)
	if err != nil {
		return err
	}
	if err := takesSecret(ctx, c, id); err != nil { // before anybody types
		return err
	}
	s, err := inputSecret(ctx, t, id)
	if err != nil {
		return err
	}
	if err := giveSecret(ctx, t, c, id, s, untried); err != nil {
		return err
	}
	if untried {
		t.print("cli.secret.kept-untried", "id", id)
		return nil
	}
	t.print("cli.secret.kept", "id", id)
	return nil
}

// takesSecret tells whether an account has a use for a client secret.
func takesSecret(ctx context.Context, c *client.Client, id string) error {
	if _, err := c.Profile(ctx, id); err != nil { // it knows which id was probably meant
		return err
	}
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	if one, known := s.Account(id); known && !one.Can(account.ActSetSecret) {
		return misused(fault.UsageNoSecret, "id", id)
	}
	return nil
}

// giveSecret gives a secret to the agent. A person may be here, so a locked keychain may ask them to unlock it.
func giveSecret(ctx context.Context, t *terminal, c *client.Client, id string, s secret.Text, untried bool) error {
	err := c.SetSecret(ctx, id, s, untried)
	if fault.CodeOf(err) == fault.KeychainLocked {
		if err = c.RetryKeychain(ctx); err == nil {
			err = c.SetSecret(ctx, id, s, untried)
		}
	}
	switch exitCode(err) {
	case exitUnavailable, exitLimited:
		t.printErr("cli.secret.not-tried", "id", id)
	}
	return err
}

func forgetSecret(ctx context.Context, t *terminal, id string) error {
	c, err := connect(ctx, false)
	if err != nil {
		return err
	}
	if err := c.ForgetSecret(ctx, id); err != nil {
		return err
	}
	t.print("cli.secret.forgotten", "id", id)
	return nil
}

// inputSecret is the whole input, or at a terminal the line that is typed, which is not shown.
func inputSecret(ctx context.Context, t *terminal, id string) (secret.Text, error) {
	if isTerminal(t.in) {
		return typedSecret(ctx, t, id)
	}
	return readSecret(t.in)
}

func typedSecret(ctx context.Context, t *terminal, id string) (secret.Text, error) {
	file, _ := t.in.(*os.File)
	restore, err := hideTyping(file)
	if err != nil {
		return secret.Text{}, misused(fault.UsageTypingShown).Because(err)
	}
	defer restore()
	fmt.Fprint(t.err, words.T("cli.secret.prompt", "id", id))
	defer fmt.Fprintln(t.err)
	line, err := readLine(ctx, bufio.NewReader(file))
	if err != nil {
		return secret.Text{}, fault.New(fault.Unconfirmed)
	}
	return secret.New(line), nil
}

// secretBytes is more than the longest secret has. A longer input is refused later, and never cut.
const secretBytes = 8 << 10

// readSecret reads to the end. One line end after the secret belongs to the file, and not to the secret.
func readSecret(r io.Reader) (secret.Text, error) {
	data, err := io.ReadAll(io.LimitReader(r, secretBytes))
	if err != nil {
		return secret.Text{}, misused(fault.UsageSecretUnreadable).Because(err)
	}
	text := strings.TrimSuffix(string(data), "\n")
	return secret.New(strings.TrimSuffix(text, "\r")), nil
}
