package hostile

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// The pair of RFC 7636, Appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	redirect  = "http://127.0.0.1:1/callback"
)

// client asks a provider as a program of somebody else would, one that checks nothing.
type client struct {
	*testing.T
	*Provider
	http http.Client
}

func newClient(t *testing.T) *client {
	t.Helper()
	p, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return &client{t, p, http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// callback asks for a code, and returns what goes back to the browser.
func (c *client) callback() url.Values {
	c.Helper()
	q := url.Values{
		"client_id": {ClientID}, "redirect_uri": {redirect}, "state": {"s"}, "nonce": {"n"}, "scope": {"openid"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	res, err := c.http.Get(c.Issuer + "authorize?" + q.Encode())
	if err != nil {
		c.Fatal(err)
	}
	defer res.Body.Close()
	back, err := res.Location()
	if err != nil || !strings.HasPrefix(back.String(), redirect+"?") {
		c.Fatalf("sent to %v: %v", back, err)
	}
	return back.Query()
}

func (c *client) post(path string, form url.Values) (status int, answer map[string]any) {
	c.Helper()
	res, err := c.http.PostForm(strings.TrimSuffix(c.Issuer, "/")+path, form)
	if err != nil {
		c.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil && !errors.Is(err, io.EOF) {
		c.Fatal(err)
	}
	return res.StatusCode, answer
}

func codeForm(code string) url.Values {
	return url.Values{
		"grant_type": {"authorization_code"}, "client_id": {ClientID}, "redirect_uri": {redirect},
		"code": {code}, "code_verifier": {verifier},
	}
}

func (c *client) refresh(token string) (status int, next string) {
	c.Helper()
	status, answer := c.post(TokenPath, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	next, _ = answer["refresh_token"].(string)
	return status, next
}

func (c *client) signIn() (refresh string) {
	c.Helper()
	back := c.callback()
	if back.Get("state") != "s" || back.Get("iss") != c.Issuer {
		c.Errorf("callback = %v", back)
	}
	status, answer := c.post(TokenPath, codeForm(back.Get("code")))
	refresh, _ = answer["refresh_token"].(string)
	if status != http.StatusOK || refresh == "" || strings.Count(answer["id_token"].(string), ".") != 2 {
		c.Fatalf("%d %v", status, answer)
	}
	return refresh
}

func TestItBehavesUnlessTold(t *testing.T) {
	c := newClient(t)
	first := c.signIn()
	_, second := c.refresh(first)
	_, third := c.refresh(second)
	if c.RefreshToken(first) != "used" || c.RefreshToken(third) != "live" {
		t.Error("refresh tokens are not rotated")
	}
	if status, _ := c.refresh(first); status != http.StatusBadRequest || c.RefreshToken(third) != "gone" {
		t.Error("a refresh token can be used twice")
	}
	c.post(RevocationPath, url.Values{"token": {c.signIn()}})
	if counts := c.Counts(); counts[TokenPath] != 5 || len(c.Lured()) > 0 {
		t.Errorf("counted %v, lured %v", counts, c.Lured())
	}
}

func TestItRefusesTheWrongProofAndTheSecondUse(t *testing.T) {
	c := newClient(t)
	form := codeForm(c.callback().Get("code"))
	form.Set("code_verifier", "another")
	for range 2 { // the first spends the code
		if status, answer := c.post(TokenPath, form); status != http.StatusBadRequest || answer["error"] != "invalid_grant" {
			t.Errorf("%d %v", status, answer)
		}
		form.Set("code_verifier", verifier)
	}
}

func TestRevokedIsGone(t *testing.T) {
	c := newClient(t)
	token := c.signIn()
	c.post(RevocationPath, url.Values{"token": {token}})
	if status, _ := c.refresh(token); status != http.StatusBadRequest || c.RefreshToken(token) != "gone" {
		t.Error("it works still")
	}
}

func TestTheListIsInOrder(t *testing.T) {
	name, cases := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`), regexp.MustCompile(`^[AF]\d+( [AF]\d+)*$`)
	seen := map[string]bool{None: true}
	for _, m := range All() {
		if !name.MatchString(m.Name) || seen[m.Name] || !cases.MatchString(m.Cases) || m.About == "" {
			t.Errorf("%+v", m)
		}
		seen[m.Name] = true
	}
}

func TestOneAtATimeAndBackAgain(t *testing.T) {
	c := newClient(t)
	for _, name := range []string{"callback-wrong-state", "callback-no-state", None} {
		if err := c.Misbehave(name); err != nil {
			t.Fatal(err)
		}
	}
	c.signIn()
	if c.Misbehave("no-such-thing") == nil {
		t.Error("it takes any name")
	}
}

func TestWhatIsLuredIsRemembered(t *testing.T) {
	c := newClient(t)
	if err := c.Misbehave("redirect-token-307"); err != nil {
		t.Fatal(err)
	}
	c.http.CheckRedirect = nil // a client that follows
	c.post(TokenPath, codeForm(c.newCode()))
	lured := c.Lured()
	if len(lured) != 1 || lured[0].Form.Get("code_verifier") != verifier {
		t.Errorf("lured = %v", lured)
	}
}

func (c *client) newCode() string {
	return c.code(url.Values{"redirect_uri": {redirect}, "code_challenge": {challenge}})
}
