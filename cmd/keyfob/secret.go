package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/secret"
)

// secretBytes is more than the longest secret has: what is longer is refused, and not cut.
const secretBytes = 8 << 10

func (a *app) secretCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secret",
		Short: "Keep the client secret of a program's own account",
		Long: `Keep the client secret of an account that is a program's own (its profile has
grant_types ["client_credentials"]). The secret goes into the keychain and is
never shown again.`,
		Example: `  keyfob secret set acme-batch`,
		Args:    a.knownCommand,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.secretSetCommand(), a.secretForgetCommand())
	return cmd
}

func (a *app) secretSetCommand() *cobra.Command {
	var untried bool
	cmd := &cobra.Command{
		Use:   "set ID",
		Short: "Give an account its secret, which is tried before it replaces another",
		Long: `Give an account its secret: typed at a prompt that does not show it, or from the
standard input, where one line end after it is left out. One token is asked for
with it, and kept; a secret that is refused does not replace the one before.`,
		Example: `  keyfob secret set acme-batch
  pass show acme/batch | keyfob secret set acme-batch`,
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.setSecret(cmd.Context(), args[0], untried)
		},
	}
	cmd.Flags().BoolVar(&untried, "untried", false, "keep it without trying it, as when you are offline")
	return cmd
}

func (a *app) secretForgetCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "forget ID",
		Short:             "Forget the secret of an account, and the token that it gave",
		Example:           `  keyfob secret forget acme-batch`,
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
			fmt.Fprintf(a.out, "%s has no secret any more.\n", args[0])
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
	if !p.Machine() {
		return fault.New(fault.BadUsage, "reason", "people sign in to "+id+" in a browser; it has no secret")
	}
	s, err := a.readSecret(ctx, id)
	if err != nil {
		return err
	}
	if err := a.giveSecret(ctx, client, id, s, untried); err != nil {
		return err
	}
	if untried {
		fmt.Fprintf(a.out, "%s has its secret. It will be tried when a token is needed.\n", id)
		return nil
	}
	fmt.Fprintf(a.out, "%s has its secret, and a token.\n", id)
	return nil
}

// giveSecret has the keychain ask to be unlocked where it must: a person may be here.
func (a *app) giveSecret(ctx context.Context, client *client.Client, id string, s secret.Text, untried bool) error {
	err := client.SetSecret(ctx, id, s, untried)
	if fault.CodeOf(err) == fault.KeychainLocked {
		if err = client.RetryKeychain(ctx); err == nil {
			err = client.SetSecret(ctx, id, s, untried)
		}
	}
	switch exitCode(err) {
	case exitUnavailable, exitLimited:
		fmt.Fprintf(a.err, "The secret could not be tried, and nothing was changed.\n"+
			"keyfob secret set --untried %s keeps it without.\n", id)
	}
	return err
}

// readSecret is the whole input, or at a terminal what is typed unseen.
func (a *app) readSecret(ctx context.Context, id string) (secret.Text, error) {
	if attended(a.in) {
		return a.typedSecret(ctx, id)
	}
	return readSecret(a.in)
}

// readSecret reads to the end. One line end after the secret is a file's, not the secret's.
func readSecret(r io.Reader) (secret.Text, error) {
	data, err := io.ReadAll(io.LimitReader(r, secretBytes))
	if err != nil {
		return secret.Text{}, fault.New(fault.BadUsage, "reason", "the secret cannot be read").Because(err)
	}
	text := strings.TrimSuffix(string(data), "\n")
	return secret.New(strings.TrimSuffix(text, "\r")), nil
}

func (a *app) typedSecret(ctx context.Context, id string) (secret.Text, error) {
	terminal, _ := a.in.(*os.File)
	restore, err := hideTyping(terminal)
	if err != nil {
		return secret.Text{}, fault.New(fault.BadUsage, "reason", "this terminal shows what is typed").Because(err)
	}
	defer restore()
	fmt.Fprintf(a.err, "Client secret of %s (it is not shown): ", id)
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

// secretsFor are the secrets that an agent is started with: in files, and at the ends of descriptors.
func secretsFor(files, descriptors []string) (map[string]secret.Text, error) {
	found := map[string]secret.Text{}
	for flag, values := range map[string][]string{"--secret-file": files, "--secret-fd": descriptors} {
		for _, value := range values {
			id, where, ok := strings.Cut(value, "=")
			if _, twice := found[id]; !ok || id == "" || where == "" || twice {
				return nil, fault.New(fault.BadUsage, "reason", flag+" is ID=…, once for each account")
			}
			s, err := startSecret(flag, where)
			if err != nil {
				return nil, fault.New(fault.BadUsage, "reason", flag+" "+id+": "+err.Error())
			}
			found[id] = s
		}
	}
	return found, nil
}

func startSecret(flag, where string) (secret.Text, error) {
	open := openSecretFile
	if flag == "--secret-fd" {
		open = openDescriptor
	}
	f, err := open(where)
	if err != nil {
		return secret.Text{}, err
	}
	defer f.Close()
	s, err := readSecret(f)
	if err != nil {
		return secret.Text{}, errors.New("it cannot be read")
	}
	return s, nil
}
