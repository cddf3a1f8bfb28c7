package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/fault"
	"keyfob/internal/strictjson"
)

func (a *app) kubeCommand() *cobra.Command {
	var minTTL time.Duration
	cmd := &cobra.Command{
		Use:   "kube ID",
		Short: "Give kubectl an access token (an exec credential plugin)",
		Long: `Give kubectl, or whatever uses its configuration, an access token. It asks for one
itself when it needs one, and says in which form (KUBERNETES_EXEC_INFO); this is
its client.authentication.k8s.io, v1 and v1beta1.`,
		Example: `  kubectl config set-credentials acme --exec-command=keyfob \
    --exec-arg=kube,acme --exec-interactive-mode=Never \
    --exec-api-version=client.authentication.k8s.io/v1`,
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.kube(cmd.Context(), args[0], minTTL) },
	}
	withMinTTL(cmd, &minTTL)
	return cmd
}

// execCredential is what the two sides of a plugin say to each other. The question holds more, which is of no use here.
type execCredential struct {
	APIVersion string      `json:"apiVersion"`
	Kind       string      `json:"kind"`
	Status     *execStatus `json:"status,omitzero"`
}

type execStatus struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expirationTimestamp,omitzero"`
}

func (a *app) kube(ctx context.Context, id string, minTTL time.Duration) error {
	credential, err := execQuestion(os.Getenv("KUBERNETES_EXEC_INFO"))
	if err != nil {
		return err
	}
	access, err := a.access(ctx, id, minTTL)
	if err != nil {
		return err
	}
	credential.Status = &execStatus{access.Token.Reveal(), askAgain(access.Expiry)}
	return a.printJSON(credential)
}

// execQuestion reads what is asked, which names the version that is to be answered in.
func execQuestion(info string) (asked execCredential, err error) {
	const most = 1 << 20 // a cluster's certificates may be in it
	if info == "" {
		return asked, notKube("it is for kubectl to run, which sets KUBERNETES_EXEC_INFO")
	}
	if err := strictjson.Decode([]byte(info), most, &asked); err != nil {
		return asked, notKube("KUBERNETES_EXEC_INFO cannot be read: " + err.Error())
	}
	switch asked.APIVersion {
	case "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1":
		if asked.Kind == "ExecCredential" {
			return asked, nil
		}
	}
	return asked, notKube("KUBERNETES_EXEC_INFO asks for something other than client.authentication.k8s.io/v1")
}

func notKube(reason string) error { return fault.New(fault.BadUsage, "reason", reason) }

// askAgain is when kubectl, which keeps a token until then, shall ask for the next: a moment before the end, for its
// clock and the way to the cluster.
func askAgain(expiry time.Time) time.Time {
	const moment = 10 * time.Second
	if expiry.IsZero() {
		return expiry
	}
	return expiry.Add(-moment).UTC()
}
