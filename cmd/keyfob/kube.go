package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"keyfob/internal/fault"
	"keyfob/internal/strictjson"
)

func newKube(t *terminal) *cobra.Command {
	var minTTL time.Duration
	cmd := forAccount("kube", func(ctx context.Context, id string) error { return answerKube(ctx, t, id, minTTL) })
	return withMinTTL(cmd, &minTTL)
}

// execCredential is what kubectl and its credential plugin say to each other, as client.authentication.k8s.io defines
// it. A question has more fields, which are of no use here.
type execCredential struct {
	APIVersion string      `json:"apiVersion"`
	Kind       string      `json:"kind"`
	Status     *execStatus `json:"status,omitzero"`
}

type execStatus struct {
	Token   string    `json:"token"`
	Expires time.Time `json:"expirationTimestamp,omitzero"`
}

// answerKube answers the question that kubectl puts into the environment.
func answerKube(ctx context.Context, t *terminal, id string, minTTL time.Duration) error {
	credential, err := readExecQuestion(os.Getenv("KUBERNETES_EXEC_INFO"))
	if err != nil {
		return err
	}
	a, err := bearerToken(ctx, t, id, minTTL)
	if err != nil {
		return err
	}
	credential.Status = &execStatus{a.Token.Reveal(), renewAt(a.Expiry)}
	return t.printJSON(credential)
}

// readExecQuestion reads kubectl's question. The answer must have the version that it names.
func readExecQuestion(info string) (asked execCredential, err error) {
	const most = 1 << 20 // it may have a cluster's certificates in it
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

// renewAt is when kubectl, which keeps a token until then, is to ask for the next one: shortly before the token
// expires, since clocks differ and the request takes time to reach the cluster.
func renewAt(expiry time.Time) time.Time {
	const early = 10 * time.Second
	if expiry.IsZero() {
		return expiry
	}
	return expiry.Add(-early).UTC()
}
