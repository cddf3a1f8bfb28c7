package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/secret"
	"keyfob/internal/words"
)

// secretBytes is more than the longest secret has, so that a longer one is refused and not cut.
const secretBytes = 8 << 10

func (a *app) secretCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:  "secret",
		Args: a.knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.secretSetCommand(), a.secretForgetCommand())
	return cmd
}

func (a *app) secretSetCommand() *cobra.Command {
	var untried bool
	cmd := &cobra.Command{
		Use:               "set ID",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.setSecret(cmd.Context(), args[0], untried)
		},
	}
	cmd.Flags().BoolVar(&untried, "untried", false, "")
	return cmd
}

func (a *app) secretForgetCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "forget ID",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := connect(cmd.Context(), false)
			if err != nil {
				return err
			}
			if err := client.ForgetSecret(cmd.Context(), args[0]); err != nil {
				return err
			}
			a.say("cli.secret.forgotten", "id", args[0])
			return nil
		},
	}
}

func (a *app) setSecret(ctx context.Context, id string, untried bool) error {
	client, err := connect(ctx, false)
	if err != nil {
		return err
	}
	p, err := client.Profile(ctx, id) // before anybody types
	if err != nil {
		return err
	}
	if !p.Grant().NeedsSecret {
		return misused(fault.UsageNoSecret, "id", id)
	}
	s, err := a.readSecret(ctx, id)
	if err != nil {
		return err
	}
	if err := a.giveSecret(ctx, client, id, s, untried); err != nil {
		return err
	}
	if untried {
		a.say("cli.secret.kept-untried", "id", id)
		return nil
	}
	a.say("cli.secret.kept", "id", id)
	return nil
}

// giveSecret sets the secret. A locked keychain asks for its password, because a person may be here.
func (a *app) giveSecret(ctx context.Context, client *client.Client, id string, s secret.Text, untried bool) error {
	err := client.SetSecret(ctx, id, s, untried)
	if fault.CodeOf(err) == fault.KeychainLocked {
		if err = client.RetryKeychain(ctx); err == nil {
			err = client.SetSecret(ctx, id, s, untried)
		}
	}
	switch exitCode(err) {
	case exitUnavailable, exitLimited:
		a.tell("cli.secret.not-tried", "id", id)
	}
	return err
}

// readSecret reads the whole input, or at a terminal a line that is not shown.
func (a *app) readSecret(ctx context.Context, id string) (secret.Text, error) {
	if attended(a.in) {
		return a.typedSecret(ctx, id)
	}
	return readSecret(a.in)
}

// readSecret reads to the end. One line end after the secret belongs to the file, and not to the secret.
func readSecret(r io.Reader) (secret.Text, error) {
	data, err := io.ReadAll(io.LimitReader(r, secretBytes))
	if err != nil {
		return secret.Text{}, misused(fault.UsageSecretUnreadable).Because(err)
	}
	text := strings.TrimSuffix(string(data), "\n")
	return secret.New(strings.TrimSuffix(text, "\r")), nil
}

func (a *app) typedSecret(ctx context.Context, id string) (secret.Text, error) {
	terminal, _ := a.in.(*os.File)
	restore, err := hideTyping(terminal)
	if err != nil {
		return secret.Text{}, misused(fault.UsageTypingShown).Because(err)
	}
	defer restore()
	fmt.Fprint(a.err, words.T("cli.secret.prompt", "id", id))
	defer fmt.Fprintln(a.err)
	typed := make(chan string, 1)
	go func() { // a read from a terminal cannot be cut off; it ends with the program
		line, _ := bufio.NewReader(terminal).ReadString('\n')
		typed <- strings.TrimRight(line, "\r\n")
	}()
	select {
	case line := <-typed:
		return secret.New(line), nil
	case <-ctx.Done():
		return secret.Text{}, fault.New(fault.Unconfirmed)
	}
}

// secretsFor reads the secrets that an agent is started with, from files and from descriptors.
func secretsFor(files, descriptors []string) (map[string]secret.Text, error) {
	found := map[string]secret.Text{}
	for flag, values := range map[string][]string{"--secret-file": files, "--secret-fd": descriptors} {
		for _, value := range values {
			id, where, ok := strings.Cut(value, "=")
			if _, twice := found[id]; !ok || id == "" || where == "" || twice {
				return nil, misused(fault.UsageSecretFlag, "flag", flag)
			}
			s, wrong := startSecret(flag, where)
			if wrong != "" {
				return nil, misused(wrong, "flag", flag, "id", id)
			}
			found[id] = s
		}
	}
	return found, nil
}

// startSecret reads one secret, or returns what is wrong with it.
func startSecret(flag, where string) (secret.Text, fault.Reason) {
	open := openSecretFile
	if flag == "--secret-fd" {
		open = openDescriptor
	}
	f, wrong := open(where)
	if wrong != "" {
		return secret.Text{}, wrong
	}
	defer f.Close()
	s, err := readSecret(f)
	if err != nil {
		return secret.Text{}, fault.UsageSecretCut
	}
	return s, ""
}
