package agent

import (
	"slices"
	"testing"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
)

func TestF47ARestartLosesNothing(t *testing.T) {
	saved := account.Account{ID: "saved", Status: account.SignedIn, Saved: true}
	for what, tt := range map[string]struct {
		account account.Account
		held    bool
	}{
		"a sign-in in the keychain": {saved, false},
		"nobody is signed in":       {account.Account{Status: account.SignedOut}, false},
		"a sign-in under way":       {account.Account{Status: account.SigningIn}, true},
		"a sign-in in memory":       {account.Account{Status: account.SignedIn}, true},
		"an open gateway": {
			account.Account{Status: account.SignedIn, Saved: true, GatewayURL: "http://127.0.0.1:1/"}, true,
		},
		"a secret that is given": {
			account.Account{Status: account.SignedOut, Machine: &account.Machine{Secret: true}}, true,
		},
		"a secret that is kept": {
			account.Account{Status: account.SignedOut, Saved: true, Machine: &account.Machine{Secret: true}}, false,
		},
	} {
		tt.account.ID = "it"
		held := heldInMemory(account.Snapshot{Accounts: []account.Account{saved, tt.account}})
		if tt.held != slices.Equal(held, []string{"it"}) {
			t.Errorf("%s: %q", what, held)
		}
	}
}

func TestF47TheAgentMakesWayForARestart(t *testing.T) {
	p := places(t)
	first := start(t, Config{Kind: account.Headless, Places: p, MemoryOnly: true})
	memoryOnly, err := EndForRestart(t.Context(), p, first.Client)
	if err != nil || !memoryOnly {
		t.Fatalf("memory only: %v, %v", memoryOnly, err)
	}
	if _, held := p.Holder(); held {
		t.Error("it is still there")
	}
	if _, err := EndForRestart(t.Context(), p, client.New(p.Socket())); fault.CodeOf(err) != fault.NoAgent {
		t.Errorf("nobody there: %v", err)
	}
}
