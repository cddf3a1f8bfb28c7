package localapi

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

func TestASecretGoesInAndNeverOut(t *testing.T) {
	var log strings.Builder
	k := newFakeKeeper()
	c := serve(t, Options{Keeper: k, Log: slog.New(slog.NewTextHandler(&log, nil))})
	long := strings.Repeat("\u00fc", 2048) // of the longest kind
	for _, s := range []string{"canary", long, strings.Repeat("\x01", 4096)} {
		if err := c.SetSecret(t.Context(), "acme", secret.New(s), s == long); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.ForgetSecret(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	want := []string{"secret acme of 6 bytes false", "secret acme of 4096 bytes true", "secret acme of 4096 bytes false",
		"forget secret acme"}
	if got := k.asked(); !slices.Equal(got, want) {
		t.Errorf("asked %q", got)
	}
	for _, s := range []string{"\xffcanary", strings.Repeat("x", 40<<10)} {
		if err := c.SetSecret(t.Context(), "acme", secret.New(s), false); fault.CodeOf(err) != fault.BadUsage ||
			strings.Contains(fmt.Sprint(err, fault.Of(err).Args), "canary") {
			t.Errorf("%v", err)
		}
	}
	k.err = fault.New(fault.SecretRefused, "kept", "old")
	err := c.SetSecret(t.Context(), "acme", secret.New("canary"), false)
	if fault.CodeOf(err) != fault.SecretRefused || fault.Of(err).Args["kept"] != "old" {
		t.Errorf("%v", err)
	}
	if strings.Contains(log.String(), "canary") {
		t.Error(log.String())
	}
	for _, body := range []string{`{"secret":7}`, `{"secret":"canary","x":1}`, `{"Secret":"canary"}`} {
		status, answer := post(t, c, "/v1/profiles/acme/secret", body)
		if status != http.StatusBadRequest || strings.Contains(answer, "canary") {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
}

func TestATokenInsteadOfARefusedOne(t *testing.T) {
	k := newFakeKeeper()
	c := serve(t, Options{Keeper: k})
	a, err := c.TokenInsteadOf(t.Context(), "acme", account.Fingerprint(secret.New("bad")), time.Minute)
	if err != nil || a.Token.Reveal() != "at-canary" {
		t.Fatalf("%+v, %v", a, err)
	}
	hash := sha256.Sum256([]byte("bad"))
	want := fmt.Sprintf("token acme 1m0s instead of %x", hash[:4])
	if got := k.asked(); !slices.Equal(got, []string{want}) {
		t.Errorf("asked %q, want %q", got, want)
	}
	for _, hash := range []string{"00", "x", strings.Repeat("0", 66), strings.Repeat("g", 64)} {
		if status, _ := post(t, c, "/v1/profiles/acme/token", `{"refused":"`+hash+`"}`); status != http.StatusBadRequest {
			t.Errorf("%s: %d", hash, status)
		}
	}
	if got := k.asked(); len(got) != 0 {
		t.Errorf("asked %q", got)
	}
}

func post(t *testing.T, c *asker, path, body string) (int, string) {
	t.Helper()
	_, err := c.ask(t.Context(), "POST", path, []byte(body))
	if err == nil {
		return http.StatusOK, ""
	}
	status, said := responseTo(err)
	return status, fmt.Sprint(said.Code, said.Args, said.Detail)
}
