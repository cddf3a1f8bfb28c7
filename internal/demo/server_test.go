package demo

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"keyfob/internal/fault"
)

func TestARestartKeepsKeyAndGrants(t *testing.T) {
	dir := t.TempDir()
	s := start(t, Options{Dir: dir})
	addr := strings.Trim(strings.TrimPrefix(s.Issuer(), "http://"), "/")
	keys := get(t, s.Issuer()+".well-known/jwks.json").body
	first := signIn(t, s, nil)
	spent := signIn(t, s, nil)
	newest := refresh(t, s, spent.Refresh)
	code := press(t, s, authRequest(s, nil), jane).location(t).Query().Get("code")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = start(t, Options{Dir: dir, Addr: addr})
	if got := get(t, s.Issuer()+".well-known/jwks.json").body; got != keys {
		t.Errorf("the keys changed from %s to %s", keys, got)
	}
	if got := whoami(t, s, "Bearer "+first.Access); got.status != http.StatusOK {
		t.Errorf("an access token from before: %d", got.status)
	}
	if got := refresh(t, s, first.Refresh); got.status != http.StatusOK || got.ID == "" {
		t.Errorf("a refresh token from before: %d %s", got.status, got.Error)
	}
	if got := tokenRequest(t, s, exchange(code)); got.status != http.StatusOK || got.Refresh == "" {
		t.Errorf("a code from before: %d %s", got.status, got.Error)
	}
	refresh(t, s, spent.Refresh).dead(t, "a token that was spent before")
	refresh(t, s, newest.Refresh).dead(t, "its family")
}

func TestFilesHoldNoSecret(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	var saved []string
	s, err := Start(t.Context(), Options{Dir: dir, Addr: "127.0.0.1:0", Save: func(path string, data []byte) error {
		saved = append(saved, string(data))
		return writePrivately(path, data)
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	code := press(t, s, authRequest(s, nil), jane).location(t).Query().Get("code")
	first := tokenRequest(t, s, exchange(code))
	second := refresh(t, s, first.Refresh)
	for _, secret := range []string{code, first.Refresh, second.Refresh, first.Access, "the-state"} {
		if strings.Contains(strings.Join(saved, "\n"), secret) {
			t.Errorf("%q was written", secret)
		}
	}
	if len(saved) < 4 { // the key, the grant, the exchange, the rotation
		t.Errorf("%d writes", len(saved))
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is %v", info.Mode())
	}
}

func TestAWriteThatFailsLosesNothing(t *testing.T) {
	full := false
	s := start(t, Options{Save: func(path string, data []byte) error {
		if full {
			return errors.New("disk full")
		}
		return writePrivately(path, data)
	}})
	first := signIn(t, s, nil)
	full = true
	if got := refresh(t, s, first.Refresh); got.status != http.StatusInternalServerError || got.Refresh != "" {
		t.Errorf("with a full disk: %d %s", got.status, got.Error)
	}
	full = false
	if got := refresh(t, s, first.Refresh); got.status != http.StatusOK {
		t.Errorf("the token was spent though nothing was written: %d", got.status)
	}
}

func TestFilesThatCannotBeReadAreReplaced(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "torn": `{"kty":"RSA"`, "another key": `{"kty":"oct","k":"AAAA"}`, "nothing": "null",
	} {
		dir := t.TempDir()
		for _, file := range []string{keyFile, grantsFile} {
			if err := writePrivately(filepath.Join(dir, file), []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if got := signIn(t, start(t, Options{Dir: dir}), nil); got.status != http.StatusOK {
			t.Errorf("%s: %d", name, got.status)
		}
	}
}

func TestABusyPortIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = Start(t.Context(), Options{Dir: t.TempDir(), Addr: l.Addr().String(), Save: writePrivately})
	if fault.CodeOf(err) != fault.DemoPortBusy || fault.Of(err).Args["address"] != l.Addr().String() {
		t.Errorf("the error is %v", err)
	}
}

func TestOnlyLoopback(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "[::]:0", "192.0.2.1:0", "localhost:0", "nonsense"} {
		if s, err := Start(t.Context(), Options{Dir: t.TempDir(), Addr: addr, Save: writePrivately}); err == nil {
			_ = s.Close()
			t.Errorf("it answers on %s", addr)
		}
	}
}

func TestTheContextEndsTheServer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	if err := writePrivately(filepath.Join(dir, keyFile), sharedKey()); err != nil {
		t.Fatal(err)
	}
	s, err := Start(ctx, Options{Dir: dir, Addr: "127.0.0.1:0", Save: writePrivately})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	s.work.Wait()
	if c, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(s.Issuer(), "http://"), "/")); err == nil {
		_ = c.Close()
		t.Error("the port still answers")
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing what is closed: %v", err)
	}
}

func TestOtherHostsAreRefused(t *testing.T) {
	s := start(t, Options{})
	for _, host := range []string{"evil.example", "localhost:17180", "0.0.0.0", "127.0.0.1", "127.0.0.1.:17180"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Issuer()+".well-known/openid-configuration", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = host
		if got := send(t, r, nil); got.status != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", host, got.status)
		}
	}
}

func TestHugeBodiesAreRefused(t *testing.T) {
	s := start(t, Options{})
	form := exchange("code")
	form.Set("padding", strings.Repeat("x", 1<<20))
	if got := post(t, s.Issuer()+"oauth/token", form); got.status/100 != 4 {
		t.Errorf("a megabyte: %d", got.status)
	}
}

func TestWhoami(t *testing.T) {
	s := start(t, Options{})
	got := whoami(t, s, "bearer "+signIn(t, s, nil).Access)
	var claims map[string]any
	if err := json.Unmarshal([]byte(got.body), &claims); err != nil || got.status != http.StatusOK {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if claims["sub"] != jane || claims["name"] != "Jane Doe" || claims["email"] != "jane@demo.keyfob.invalid" ||
		claims["client_id"] != clientID || claims["scope"] != scopes {
		t.Errorf("the claims are %v", claims)
	}
}

func TestWhoamiChallenges(t *testing.T) {
	s := start(t, Options{})
	good := map[string]any{
		"iss": s.Issuer(), "aud": s.Issuer() + "api/", "sub": jane, "exp": time.Now().Add(time.Hour).Unix(),
	}
	with := func(name string, value any) string {
		claims := maps.Clone(good)
		claims[name] = value
		return sign(t, claims)
	}
	if got := whoami(t, s, "Bearer "+sign(t, good)); got.status != http.StatusOK {
		t.Fatalf("the good token of this test: %d", got.status)
	}
	tampered := sign(t, good)
	tampered = tampered[:len(tampered)-8] + "AAAAAAAA"
	for name, c := range map[string]struct{ header, want string }{
		"nothing":        {"", `Bearer realm="Keyfob demo"`},
		"another scheme": {"Basic abc", `Bearer realm="Keyfob demo"`},
		"no token":       {"Bearer ", `Bearer realm="Keyfob demo"`},
		"garbage":        {"Bearer abc", "invalid_token"},
		"tampered":       {"Bearer " + tampered, "invalid_token"},
		"unsigned":       {"Bearer eyJhbGciOiJub25lIn0.e30.", "invalid_token"},
		"an ID token":    {"Bearer " + signIn(t, s, nil).ID, "invalid_token"},
		"other API":      {"Bearer " + with("aud", "https://api.example/"), "invalid_token"},
		"other issuer":   {"Bearer " + with("iss", "https://issuer.example/"), "invalid_token"},
		"expired":        {"Bearer " + with("exp", time.Now().Add(-time.Minute).Unix()), "has expired"},
	} {
		got := whoami(t, s, c.header)
		if got.status != http.StatusUnauthorized || !strings.Contains(got.header.Get("WWW-Authenticate"), c.want) {
			t.Errorf("%s: %d, %q", name, got.status, got.header.Get("WWW-Authenticate"))
		}
	}
}

// sign makes an access token with the key that the servers of these tests share.
func sign(t *testing.T, claims map[string]any) string {
	t.Helper()
	key, ok := parseKey(sharedKey())
	if !ok {
		t.Fatal("no key")
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTheSignInPageIsStrict(t *testing.T) {
	s := start(t, Options{})
	page := get(t, authRequest(s, nil))
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page.body)[1]
	hash := sha256.Sum256([]byte(style))
	policy := page.header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "frame-ancestors 'none'", base64.StdEncoding.EncodeToString(hash[:]),
		"form-action 'self' http://127.0.0.1:17171 http://127.0.0.1:17172 http://127.0.0.1:17173;",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if page.header.Get("Cache-Control") != "no-store" || page.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("the headers are %v", page.header)
	}
	if strings.Contains(page.body, "<script") || strings.Contains(page.body, "ZgotmplZ") ||
		!strings.Contains(page.body, ">Demo<") {
		t.Errorf("the page is %s", page.body)
	}
}

// Connections that say nothing keep nobody out, however many they are.
func TestA75SilentConnectionsKeepNobodyOut(t *testing.T) {
	s := start(t, Options{})
	addr := strings.Trim(strings.TrimPrefix(s.Issuer(), "http://"), "/")
	for range 2 * maxConnections {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	if got := get(t, s.Issuer()+".well-known/jwks.json"); got.status != http.StatusOK {
		t.Errorf("a caller among them got %d", got.status)
	}
}
