package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAHandOutIsReadAsItWasGiven(t *testing.T) {
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	for _, token := range []string{"at-canary", `a"b\c`, strings.Repeat("x", 5000), "grüße\x7f\n"} {
		given := Token{
			AccessToken: secret.New(token), TokenType: "Bearer", ExpiresAt: expires, Scope: `a "b"`,
			Note: fault.New(fault.ShortLived, "host", "soon").WithUntil(expires).WithReason("some").WithMaybeSent(),
		}
		body, err := given.Encode()
		var read Token
		if err == nil {
			err = json.Unmarshal(body, &read)
		}
		if err != nil || read.AccessToken.Reveal() != token || read.TokenType != "Bearer" || read.Scope != `a "b"` ||
			!read.ExpiresAt.Equal(expires) || read.Note == nil || read.Note.Code != fault.ShortLived {
			t.Errorf("%q was read as %+v: %v", token, read, err)
		}
	}
}

// TestASecretIsPlainInItsOwnEncodingAlone: what encodes these types by another way sends a redacted word.
func TestASecretIsPlainInItsOwnEncodingAlone(t *testing.T) {
	canary := secret.New("canary")
	for _, v := range []interface{ Encode() ([]byte, error) }{
		Token{AccessToken: canary}, SecretRequest{Secret: canary}, Gateway{Key: canary},
	} {
		plain, err := v.Encode()
		if err != nil || !strings.Contains(string(plain), `"canary"`) {
			t.Errorf("%T: %s %v", v, plain, err)
		}
		if other, err := Encode(v); err != nil || strings.Contains(string(other), "canary") {
			t.Errorf("%T: %s %v", v, other, err)
		}
	}
}
