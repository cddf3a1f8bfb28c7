package session

import (
	"errors"
	"strings"
	"testing"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/oauthflow"
)

func example() record {
	return record{
		issuer: issuer, tokenEndpoint: endpoint, clientID: "client",
		revocation: issuer + "revoke", refresh: secretOf("canary"),
		who: oauthflow.Identity{
			Subject: "auth0|1", Name: "Ada", Email: "ada@example.org", Organization: "org", Audience: "client",
		},
		nonce: secretOf("nonce"), granted: "openid", saved: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}

func TestARecordComesBackAsItWas(t *testing.T) {
	r := example()
	data, err := r.encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := parseRecord(data)
	if err != nil {
		t.Fatal(err)
	}
	if !back.same(r) || !back.saved.Equal(r.saved) {
		t.Fatalf("%+v", back)
	}
	const ours = `{"v":1,"issuer":"https://acme.eu.auth0.com/","token_endpoint":"https://acme.eu.auth0.com/oauth/token",` +
		`"client_id":"client","revocation_endpoint":"https://acme.eu.auth0.com/revoke","refresh_token":"canary",` +
		`"sub":"auth0|1","name":"Ada","email":"ada@example.org",` +
		`"org":"org","aud":"client","nonce":"nonce","scope":"openid","saved_at":"2026-01-02T03:04:05Z"}`
	if string(data) != ours {
		t.Fatalf("the stored form has changed, which older versions will not read:\n%s", data)
	}
}

func TestAnOrdinaryRecordFitsIntoTheWindowsKeychain(t *testing.T) {
	r := example()
	r.refresh = secretOf(strings.Repeat("r", 1400))
	r.granted = "openid profile email offline_access read:all write:all"
	data, err := r.encode()
	if err != nil || len(data) > 2560 {
		t.Fatalf("%d bytes, %v", len(data), err)
	}
}

// A provider decides how long its refresh token and the scope are. What is written must be what can be read: the newest
// refresh token would be lost at the next start, and the one before it is gone.
func TestA31ARecordThatCouldNotBeReadIsNotWritten(t *testing.T) {
	r := example()
	for _, length := range []int{1 << 10, 200 << 10, 256 << 10, 300 << 10} {
		r.granted = strings.Repeat("s", length)
		data, err := r.encode()
		switch {
		case err != nil && fault.CodeOf(err) != fault.SecretTooLarge:
			t.Errorf("%d: %v", length, err)
		case err == nil:
			if _, err := parseRecord(data); err != nil {
				t.Errorf("%d: written, but: %v", length, err)
			}
		case length < 200<<10:
			t.Errorf("%d: not written", length)
		}
	}
}

func TestWhatIsNoRecord(t *testing.T) {
	for in, want := range map[string]error{
		``: errCorrupt, `null`: errCorrupt, `[]`: errCorrupt, `{}`: errCorrupt, `{"v":0}`: errCorrupt,
		`{"v":1,"v":1}`: errCorrupt, `{"V":1}`: errCorrupt, `{"v":1} x`: errCorrupt, `{"v":2}`: errNewer,
		`{"v":1,"refresh_token":` + strings.Repeat(`[`, 200): errCorrupt,
	} {
		if _, err := parseRecord([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%.40s: %v, want %v", in, err, want)
		}
	}
}

func TestARecordBelongsToOneProviderAndClient(t *testing.T) {
	ours := profile.Profile{Issuer: issuer, ClientID: "client"}
	pinned := ours
	pinned.TokenEndpoint = endpoint
	slash, client, elsewhere, away, revoked := ours, ours, ours, ours, ours
	away.RevocationEndpoint = "https://evil.example/revoke"
	revoked.RevocationEndpoint = example().revocation
	slash.Issuer = strings.TrimSuffix(issuer, "/")
	client.ClientID = "Client"
	elsewhere.TokenEndpoint = "https://evil.example/token"
	for name, c := range map[string]struct {
		p    profile.Profile
		want bool
	}{
		"same": {ours, true}, "endpoint named": {pinned, true}, "slash": {slash, false},
		"client": {client, false}, "another endpoint": {elsewhere, false},
		"another place to revoke": {away, false}, "the place to revoke named": {revoked, true},
		"empty": {profile.Profile{}, false},
	} {
		if got := example().belongsTo(c.p); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func FuzzRecord(f *testing.F) {
	data, err := example().encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"v":2}`))
	f.Add([]byte(`{"v":1,"refresh_token":"canary","saved_at":"x"}`))
	machine, err := exampleMachine().encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(machine)
	f.Add([]byte(`{"v":1,"machine":true,"access_token":"canary","lifetime":9223372036854775807,"day":-1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzMachine(t, data)
		r, err := parseRecord(data)
		if err != nil {
			if strings.Contains(err.Error(), "canary") {
				t.Fatalf("the error tells the secret: %v", err)
			}
			return
		}
		again, err := r.encode()
		if err != nil {
			return // a time that JSON cannot hold
		}
		back, err := parseRecord(again)
		if err != nil || !back.same(r) {
			t.Fatalf("%q became %q: %v", data, again, err)
		}
	})
}
