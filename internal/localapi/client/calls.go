package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// Version tells which agent serves. A client of another version asks this first, and may replace an older agent.
func (c *Client) Version(ctx context.Context) (account.Agent, error) {
	return soon(ctx, func(ctx context.Context) (account.Agent, error) {
		return ask[account.Agent](ctx, c, "GET", "/v1/version", nil)
	})
}

// Status is the snapshot of this moment.
func (c *Client) Status(ctx context.Context) (account.Snapshot, error) {
	return soon(ctx, func(ctx context.Context) (account.Snapshot, error) {
		return ask[account.Snapshot](ctx, c, "GET", "/v1/status", nil)
	})
}

// Token asks for an access token of profile id that is valid for at least minValid from now.
func (c *Client) Token(ctx context.Context, id string, minValid time.Duration) (account.Access, error) {
	return c.token(ctx, id, wire.TokenRequest{MinTTL: wire.Seconds(max(0, minValid))})
}

// TokenInsteadOf is Token for a caller whose API has refused the token with that SHA-256: one that is in hand still is
// renewed. A response with the same token means that there is no other now; to ask once more soon will not change that.
func (c *Client) TokenInsteadOf(
	ctx context.Context, id string, refused [sha256.Size]byte, minValid time.Duration,
) (account.Access, error) {
	return c.token(ctx, id, wire.TokenRequest{
		MinTTL: wire.Seconds(max(0, minValid)), Refused: hex.EncodeToString(refused[:]),
	})
}

func (c *Client) token(ctx context.Context, id string, request wire.TokenRequest) (account.Access, error) {
	body, err := wire.Encode(request)
	if err != nil {
		return account.Access{}, err
	}
	handed, err := ask[wire.Token](ctx, c, "POST", profilePath(id)+"/token", body)
	if err != nil {
		return account.Access{}, err
	}
	access := handed.Access()
	if !Usable(access) {
		return account.Access{}, broken(fault.AgentUnreadable)
	}
	return access, nil
}

// Usable tells whether an agent's answer holds a token that our callers can show as it is: a bearer token, of visible
// ASCII alone (RFC 6749, appendix A.12). Another agent than ours might hand out kinds that need more than that.
func Usable(a account.Access) bool {
	invisible := func(c rune) bool { return c <= ' ' || c > '~' }
	bearer := a.Type == "" || strings.EqualFold(a.Type, "Bearer")
	return bearer && !a.Token.Empty() && !strings.ContainsFunc(a.Token.Reveal(), invisible)
}

// SetSecret gives the program of profile id its client's secret. It is tried first, unless untried says that it is to
// be believed; one that is refused, or cannot be tried, does not replace the old one. The errors are those of
// session.Keeper.SetSecret, and fault.AgentFailed where it is not certain that the agent is the one who listens.
func (c *Client) SetSecret(ctx context.Context, id string, s secret.Text, untried bool) error {
	if !utf8.ValidString(s.Reveal()) { // JSON would carry another
		return fault.New(fault.BadUsage).WithReason(fault.UsageSecretNotText)
	}
	body, err := wire.SecretRequest{Secret: s, Untried: untried}.Encode()
	if err != nil {
		return err
	}
	return c.tell(ctx, "POST", profilePath(id)+"/secret", body)
}

// ForgetSecret forgets the secret of profile id, and the token that it gave.
func (c *Client) ForgetSecret(ctx context.Context, id string) error {
	_, err := c.ask(ctx, "DELETE", profilePath(id)+"/secret", nil)
	return err
}

// OpenGateway puts the API of profile id on a URL of this computer, until CloseGateway or the agent's end. The key
// is told this once.
func (c *Client) OpenGateway(ctx context.Context, id string) (account.OpenGateway, error) {
	a, err := ask[wire.Gateway](ctx, c, "POST", profilePath(id)+"/gateway", nil)
	return account.OpenGateway{URL: a.URL, Key: a.Key, Addresses: a.Addresses}, err
}

// CloseGateway closes it. To close one that is not open is no error.
func (c *Client) CloseGateway(ctx context.Context, id string) error {
	_, err := c.ask(ctx, "DELETE", profilePath(id)+"/gateway", nil)
	return err
}

// Profile is the profile file of id.
func (c *Client) Profile(ctx context.Context, id string) (profile.Profile, error) {
	data, err := c.ask(ctx, "GET", profilePath(id), nil)
	if err != nil {
		return profile.Profile{}, err
	}
	return profile.Parse(data)
}

// Import adds the profile file data. One that is there already needs replace, or it is fault.ProfileExists; if what
// matters in it differs, fault.ProfileChanged.
func (c *Client) Import(ctx context.Context, data []byte, replace bool) error {
	path := "/v1/profiles"
	if replace {
		path += "?replace=1"
	}
	_, err := c.ask(ctx, "POST", path, data)
	return err
}

// Remove signs out of profile id and forgets it.
func (c *Client) Remove(ctx context.Context, id string) (account.SignOutReport, error) {
	return ask[account.SignOutReport](ctx, c, "DELETE", profilePath(id), nil)
}

// Cancel ends the sign-in of profile id that waits for the browser.
func (c *Client) Cancel(ctx context.Context, id string) error {
	_, err := c.ask(ctx, "DELETE", profilePath(id)+"/sign-in", nil)
	return err
}

// SignOut revokes and deletes the session of profile id.
func (c *Client) SignOut(ctx context.Context, id string) (account.SignOutReport, error) {
	return ask[account.SignOutReport](ctx, c, "POST", profilePath(id)+"/sign-out", nil)
}

// BrowserLogout is the page at which a browser ends its own session at the provider of profile id, for the caller to
// open; fault.NoBrowserLogout where there is none.
func (c *Client) BrowserLogout(ctx context.Context, id string) (page string, err error) {
	a, err := ask[wire.Page](ctx, c, "POST", profilePath(id)+"/browser-logout", nil)
	return a.URL, err
}

// Policy is who may have tokens of profile id.
func (c *Client) Policy(ctx context.Context, id string) (account.Policy, error) {
	return ask[account.Policy](ctx, c, "GET", profilePath(id)+"/access", nil)
}

// SetPolicy says who may have tokens of profile id. Only the window may let more programs in: others get
// fault.NotAllowed.
func (c *Client) SetPolicy(ctx context.Context, id string, p account.Policy) error {
	body, err := wire.Encode(p)
	if err != nil {
		return err
	}
	_, err = c.ask(ctx, "PUT", profilePath(id)+"/access", body)
	return err
}

// Log is what was handed out, the latest first; of one profile, or of all where id is empty.
func (c *Client) Log(ctx context.Context, id string) ([]account.HandOut, error) {
	a, err := ask[wire.Log](ctx, c, "GET", "/v1/log?profile="+url.QueryEscape(id), nil)
	return a.HandOuts, err
}

// Answer says what a person said to a request. Only the window may: others get fault.NotAllowed.
func (c *Client) Answer(ctx context.Context, request string, a account.Answer) error {
	body, err := wire.Encode(wire.AnswerRequest{Answer: a})
	if err != nil {
		return err
	}
	_, err = c.ask(ctx, "POST", "/v1/requests/"+url.PathEscape(request), body)
	return err
}

// StartDemo starts the demo provider and adds its profile, or is fault.DemoNeedsDesktop.
func (c *Client) StartDemo(ctx context.Context) error {
	_, err := c.ask(ctx, "POST", "/v1/demo", nil)
	return err
}

// UseMemoryOnly keeps sessions in memory only from now on: a person's choice where there is no keychain.
func (c *Client) UseMemoryOnly(ctx context.Context) error { return c.useKeychain(ctx, wire.UseMemory) }

// RetryKeychain tries the keychain again.
func (c *Client) RetryKeychain(ctx context.Context) error { return c.useKeychain(ctx, wire.UseRetry) }

// ForgetKeychain deletes everything that Keyfob has in the keychain, also what belongs to no account any more. The
// errors are those of the keychain.
func (c *Client) ForgetKeychain(ctx context.Context) error {
	_, err := c.ask(ctx, "DELETE", "/v1/keychain", nil)
	return err
}

func (c *Client) useKeychain(ctx context.Context, use string) error {
	body, err := wire.Encode(wire.KeychainRequest{Use: use})
	if err != nil {
		return err
	}
	_, err = c.ask(ctx, "POST", "/v1/keychain", body)
	return err
}

// Window brings the window forward. Where there is none (raised is false) the asker shall become it, and watch as
// ClientWindow within five seconds; a process that asks again until then gets the same response.
func (c *Client) Window(ctx context.Context) (raised bool, err error) {
	body, err := wire.Encode(wire.WindowRequest{PID: os.Getpid()})
	if err != nil {
		return false, err
	}
	a, err := ask[wire.Window](ctx, c, "POST", "/v1/window", body)
	return a.Raised, err
}

// Stop ends the agent. It returns when the agent has agreed, which is before it has ended.
func (c *Client) Stop(ctx context.Context) error {
	_, err := soon(ctx, func(ctx context.Context) ([]byte, error) { return c.ask(ctx, "POST", "/v1/stop", nil) })
	return err
}
