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
		Use:               "kube ID",
		Args:              oneID,
		ValidArgsFunction: a.completeIDs,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.kube(cmd.Context(), args[0], minTTL) },
	}
	withMinTTL(cmd, &minTTL)
	return cmd
}

// execCredential is the question and the answer of a plugin. The question has more fields, which are of no use here.
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

// execQuestion reads the question, which names the version of the answer.
func execQuestion(info string) (asked execCredential, err error) {
	const most = 1 << 20 // a cluster's certificates may be in it
	if info == "" {
		return asked, misused(fault.UsageKubeAlone)
	}
	if err := strictjson.Decode([]byte(info), most, &asked); err != nil {
		return asked, misused(fault.UsageKubeUnreadable).WithFindings(strictjson.Finding(err))
	}
	switch asked.APIVersion {
	case "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1":
		if asked.Kind == "ExecCredential" {
			return asked, nil
		}
	}
	return asked, misused(fault.UsageKubeVersion)
}

// askAgain is the time at which kubectl asks for the next token. It is a moment before the end of this one, because of
// kubectl's clock and of the way to the cluster.
func askAgain(expiry time.Time) time.Time {
	const moment = 10 * time.Second
	if expiry.IsZero() {
		return expiry
	}
	return expiry.Add(-moment).UTC()
}
