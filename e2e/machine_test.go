//go:build linux

package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"keyfob/e2e/stage"
	"keyfob/internal/account"
)

// machineSecret is that of the provider's clients that are programs of their own.
const machineSecret = "s3cret+/%&=:canary~of the e2e"

// importMachine adds the account of such a client.
func (d *desk) importMachine(p *stage.Provider, id, method string) {
	d.Helper()
	file := must(json.Marshal(map[string]any{
		"keyfob_profile": 1, "id": id, "issuer": p.Issuer, "client_id": "keyfob-e2e:" + method,
		"grant_types": []string{"client_credentials"}, "token_endpoint_auth_method": method,
	}))(d)
	path := d.Path("home/" + id + ".json")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		d.Fatal(err)
	}
	d.keyfob(0, "import", "--yes", path)
}

// give hands an account its secret, as a person pipes it.
func (d *desk) give(code int, id, secret string) {
	d.Helper()
	run := must(d.KeyfobInput(d.ctx, []byte(secret+"\n"), "secret", "set", id))(d)
	if run.Code != code || strings.Contains(run.Out+run.Err, "canary") {
		d.Fatalf("secret set: exit code %d, want %d\n%s%s", run.Code, code, run.Out, run.Err)
	}
}

// wantTokens: the provider gave so many, and refused so many.
func (d *desk) wantTokens(p *stage.Provider, given, refused int) {
	d.Helper()
	n := must(p.Counters(d.ctx))(d).Token["client_credentials"]
	if n.OK != given || n.Refused != refused {
		d.Fatalf("%d tokens were given and %d refused, want %d and %d", n.OK, n.Refused, given, refused)
	}
}

func TestC60TenLaunchesOfTheRealProgramOneTokenRequest(t *testing.T) {
	for _, method := range []string{"client_secret_basic", "client_secret_post"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})
			p := d.provider(stage.Plain)
			d.importMachine(p, "batch", method)
			d.keyfob(3, "token", "batch")
			d.give(6, "batch", "wrong-canary")
			d.give(0, "batch", machineSecret)
			d.wantTokens(p, 1, 1)

			first := d.keyfob(0, "token", "batch").Out
			for range 10 {
				d.keyfob(0, "agent", "stop")
				if again := d.keyfob(0, "token", "batch").Out; again != first {
					t.Fatal("another launch, another token")
				}
			}
			d.give(6, "batch", "wrong-canary")
			d.keyfob(0, "token", "batch")
			d.wantTokens(p, 1, 2)
			a, _ := must(d.Status(d.ctx))(t).Account("batch")
			if a.Status != account.SignedIn || !a.Saved || a.Machine == nil || a.Machine.Meter.Month != 1 ||
				a.Machine.Meter.Reused < 11 || a.Machine.Lifetime != 86400 {
				t.Errorf("%+v, %+v", a, a.Machine)
			}
			d.wantNoSecrets(machineSecret, "wrong-canary", strings.TrimSpace(first))

			d.keyfob(0, "logout", "batch")
			d.keyfob(0, "token", "batch")
			d.wantTokens(p, 2, 2)
			d.keyfob(0, "remove", "batch")
			d.keyfob(2, "token", "batch")
			d.importMachine(p, "batch", method)
			d.keyfob(3, "token", "batch") // the secret went with the account
		})
	}
}

// On a server without a keychain the secret comes from a file, and nothing is written.
func TestC60ASecretOfTheStartNeedsNoKeychain(t *testing.T) {
	d := newDesk(t, stage.Options{NoDisplay: true, NoKeychain: true, NoTrayHost: true})
	p := d.provider(stage.Plain)
	d.importMachine(p, "batch", "client_secret_basic")
	d.keyfob(4, "token", "batch")
	d.keyfob(0, "agent", "stop")
	file := d.Path("home/batch.secret")
	if err := os.WriteFile(file, []byte(machineSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	agent := must(d.StartKeyfob(d.ctx, "agent", "--secret-file", "batch="+file))(t)
	d.waitAgent(agent)
	first := d.keyfob(0, "token", "batch").Out
	for range 10 {
		if d.keyfob(0, "token", "batch").Out != first {
			t.Fatal("another token")
		}
	}
	d.wantTokens(p, 1, 0)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	d.wantNoSecrets(machineSecret, strings.TrimSpace(first))
}
