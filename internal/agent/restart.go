package agent

import (
	"context"
	"strings"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/storage"
)

// EndForRestart has the agent behind client make way for one that the caller starts, and waits until it has gone. Where
// something would be lost by it the agent stays: the error is fault.AgentFailed with the reason AgentHolds. It tells
// whether a person has chosen to keep sign-ins in memory only, which the next one shall do too.
func EndForRestart(ctx context.Context, places storage.Places, client *client.Client) (memoryOnly bool, err error) {
	s, err := client.Status(ctx)
	if err != nil {
		return false, err
	}
	if held := heldInMemory(s); len(held) > 0 {
		return false, fault.New(fault.AgentFailed, "accounts", strings.Join(held, ", ")).WithReason(fault.AgentHolds)
	}
	if !Replace(ctx, places, client) {
		return false, fault.New(fault.AgentFailed).WithReason(fault.AgentHolds)
	}
	return s.Keychain.State == account.KeychainMemoryOnly, nil
}

// heldInMemory are the accounts for which the next agent would lack something: a sign-in that is under way or is not
// saved, a secret that came with the agent's start or is not saved, a gateway.
func heldInMemory(s account.Snapshot) []string {
	var ids []string
	for _, a := range s.Accounts {
		unsavedSecret := a.Machine != nil && a.Machine.Secret && !a.Saved
		if wouldBeLost(a) || unsavedSecret || a.GatewayURL != "" {
			ids = append(ids, a.ID)
		}
	}
	return ids
}
