package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"keyfob/internal/fault"
	"keyfob/profile"
)

func (a *app) profileCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "profile",
		Short: "Write a profile file",
		Example: `  keyfob profile new --template oidc --issuer https://login.acme.example/ \
    --client-id ID > acme.json`,
		Args: a.knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.profileNewCommand())
	return cmd
}

type newProfile struct {
	template, id, name, domain, issuer, clientID, audience string
}

func (a *app) profileNewCommand() *cobra.Command {
	var n newProfile
	cmd := &cobra.Command{
		Use:   "new --template auth0|oidc",
		Short: "Print a profile file to start from",
		Example: `  keyfob profile new --template auth0 --domain acme.eu.auth0.com \
    --client-id ID --audience https://api.acme.example > acme.json
  keyfob profile new --template oidc --issuer https://login.acme.example/ \
    --client-id ID > acme.json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.newProfile(n) },
	}
	cmd.Flags().StringVar(&n.template, "template", "", "auth0, or oidc for any OpenID Connect provider")
	cmd.Flags().StringVar(&n.domain, "domain", "", "auth0: the domain of the tenant")
	cmd.Flags().StringVar(&n.issuer, "issuer", "", "oidc: the address of the sign-in service")
	cmd.Flags().StringVar(&n.clientID, "client-id", "", "the client id of a native application there")
	cmd.Flags().StringVar(&n.audience, "audience", "", "the identifier of the API (auth0)")
	cmd.Flags().StringVar(&n.id, "id", "", "the account's name on the command line (from the host where left out)")
	cmd.Flags().StringVar(&n.name, "name", "", "what people see (from the host where left out)")
	return cmd
}

// newProfile prints the file, and to the people at the terminal what has to be registered at the provider.
func (a *app) newProfile(n newProfile) error {
	p, err := n.build()
	if err != nil {
		return err
	}
	data, err := p.Marshal()
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	if _, err := a.out.Write(data); err != nil {
		return err
	}
	fmt.Fprintf(a.err, "At %s, register a native application without a secret, with these callback addresses:\n  %s\n",
		p.Host(), strings.Join(p.Redirects(), "\n  "))
	return nil
}

func (n newProfile) build() (p profile.Profile, err error) {
	switch n.template {
	case "auth0":
		p, err = profile.Auth0(n.domain, n.clientID, n.audience)
	case "oidc":
		p, err = profile.OIDC(n.issuer, n.clientID)
		p.Audience = n.audience
	default:
		return p, fault.New(fault.BadUsage, "reason", "--template is auth0 or oidc")
	}
	if err != nil {
		return p, err
	}
	if n.id != "" {
		p.ID = n.id
	}
	if n.name != "" {
		p.ClientName = n.name
	}
	return p, p.Validate()
}
