package session

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/strictjson"
)

// clientRecord is what is stored of a client beside its secret: the token in hand, so that ten starts make one
// request, what was counted, and until when nothing is asked. It takes the place of a session's record, says that it is
// none, and holds no refresh token, so that no version takes it for one.
type clientRecord[Secret secret.Text | string] struct {
	Version int  `json:"v"`
	Machine bool `json:"machine"`

	// Whom the secret is for and what the token: see clientOf and grantOf.
	Client string `json:"client"`
	Grant  string `json:"grant"`

	AccessToken Secret          `json:"access_token,omitzero"`
	TokenType   string          `json:"token_type,omitempty"`
	Scope       string          `json:"scope,omitempty"`
	IssuedAt    time.Time       `json:"issued_at,omitzero"`
	Lifetime    int64           `json:"lifetime,omitempty"` // seconds
	Due         int64           `json:"due,omitempty"`      // seconds
	Quotas      []account.Quota `json:"quotas,omitempty"`

	Day    int64 `json:"day,omitempty"`
	Today  int   `json:"today,omitempty"`
	Month  int   `json:"month,omitempty"`
	Reused int   `json:"reused,omitempty"`

	Failures int          `json:"failures,omitempty"`
	Refusals int          `json:"refusals,omitempty"`
	Problem  *fault.Error `json:"problem,omitempty"`
	FailedAt time.Time    `json:"failed_at,omitzero"`
	Pause    int64        `json:"pause,omitempty"` // seconds
	Refused  string       `json:"refused,omitempty"`
}

// recordLocked is what is to be stored now.
func (c *client) recordLocked() clientRecord[string] {
	p := c.e.profile
	r := clientRecord[string]{
		Version: recordVersion, Machine: true, Client: clientOf(p), Grant: grantOf(p),
		Day: c.meter.day, Today: c.meter.today, Month: c.meter.month, Reused: c.meter.reused,
		Failures: c.e.failures, Refusals: c.e.refusals, Refused: c.refused,
	}
	if !c.access.Empty() {
		r.AccessToken, r.TokenType, r.Scope, r.IssuedAt = c.access.Reveal(), c.kind, c.scope, c.issued.UTC()
		r.Lifetime, r.Due, r.Quotas = seconds(c.lifetime), seconds(c.due), c.quotas
	}
	if quiet := c.e.quiet; c.e.failures > 0 && quiet.On() {
		r.Problem, r.FailedAt, r.Pause = c.e.problem, quiet.From.UTC().Truncate(time.Second), seconds(quiet.After)
	}
	return r
}

func (r clientRecord[Secret]) encode() ([]byte, error) {
	data, err := json.Marshal(r)
	if err == nil && len(data) > maxRecord {
		return nil, fault.New(fault.SecretTooLarge, "bytes", strconv.Itoa(len(data)), "limit", strconv.Itoa(maxRecord))
	}
	return data, err
}

// parseClient reads a stored record. The error is errNewer or errCorrupt; its text holds nothing of the record.
func parseClient(data []byte) (r clientRecord[secret.Text], err error) {
	switch err = strictjson.Decode(data, maxRecord, &r); {
	case err != nil:
		err = fmt.Errorf("%w: %w", errCorrupt, err)
	case r.Version > recordVersion:
		err = errNewer
	case r.Version != recordVersion, !r.Machine, !r.sane():
		err = errCorrupt
	}
	if err != nil {
		return clientRecord[secret.Text]{}, err
	}
	return r, nil
}

// sane tells whether the numbers are those that we write.
func (r clientRecord[Secret]) sane() bool {
	const most = int64(clock.Forever / time.Second)
	for _, n := range []int64{
		r.Lifetime, r.Due, r.Day, r.Pause, int64(r.Today), int64(r.Month), int64(r.Reused), int64(r.Failures),
		int64(r.Refusals),
	} {
		if n < 0 || n > most {
			return false
		}
	}
	return true
}

func (r clientRecord[Secret]) meter() meter {
	return meter{day: r.Day, today: r.Today, month: r.Month, reused: r.Reused}
}

// hand is the token of the record as one in hand, and whether it can be one: one that is still to be issued was kept by
// a clock that was set back since, and nobody knows its age.
func (r clientRecord[Secret]) hand(access secret.Text, now time.Time) (hand, bool) {
	age := now.Round(0).Sub(r.IssuedAt)
	if age < -clockApart || access.Empty() {
		return hand{}, false
	}
	return hand{
		access: access, kind: r.TokenType, scope: r.Scope, issued: r.IssuedAt, held: now.Add(-max(age, 0)),
		lifetime: time.Duration(r.Lifetime) * time.Second,
	}, true
}

// pause is for how long nothing is asked from now on.
func (r clientRecord[Secret]) pause(now time.Time) time.Duration {
	pause := min(time.Duration(r.Pause)*time.Second, longestQuota+loopSpacing)
	return max(pause-max(now.Round(0).Sub(r.FailedAt), 0), 0)
}

func seconds(d time.Duration) int64 { return int64(d / time.Second) }

// clientOf names the client that a profile is, at its provider: that alone may get its secret (RFC 9700 §4.4).
func clientOf(p profile.Profile) string {
	return digest(p.Issuer, p.TokenEndpoint, p.ClientID)
}

// grantOf names what a profile's tokens are for.
func grantOf(p profile.Profile) string {
	return digest(clientOf(p), p.Audience, p.Scope, strings.Join(p.Resource, " "))
}

// refusal names what a provider has said no to. It says nothing of the secret, and changes with it and the profile.
func refusal(p profile.Profile, s secret.Text) string {
	file, _ := p.Marshal() // one that was parsed can be written
	return digest(string(file), s.Reveal())
}

func digest(parts ...string) string {
	h := sha256.New()
	for _, part := range parts {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
