package oauthflow

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/strictjson"
)

const (
	// skew is how far the provider's clock and ours may differ.
	skew = time.Minute
	// maxAudience is how many programs an ID token may be made out to: what is compared at each refresh is kept in the
	// keychain, where there is little room.
	maxAudience = 20
	// maxSubject is from OpenID Connect Core §2: sub "MUST NOT exceed 255 ASCII characters in length".
	maxSubject = 255
)

// claims are what an ID token says (OpenID Connect Core §2 and §5.1, and Auth0's for organizations). Those for display
// may be of any type: one that is not text is not shown.
type claims struct {
	Issuer     string       `json:"iss"`
	Subject    string       `json:"sub"`
	Audience   audience     `json:"aud"`
	Authorized string       `json:"azp"`
	Expiry     *numericDate `json:"exp"`
	IssuedAt   *numericDate `json:"iat"`
	NotBefore  *numericDate `json:"nbf"`
	AuthTime   *numericDate `json:"auth_time"`
	Nonce      secret.Text  `json:"nonce"`

	Name     looseText `json:"name"`
	UserName looseText `json:"preferred_username"`
	Email    looseText `json:"email"`
	OrgID    looseText `json:"org_id"`
	OrgName  looseText `json:"org_name"`
}

// check judges the claims that every ID token must have (OpenID Connect Core §3.1.3.7).
func (c claims) check(issuer, clientID string, now time.Time) error {
	switch {
	case c.Issuer != issuer: // go-oidc forgives one large provider
		return badIDToken(fault.IDTokenIssuer)
	case c.Subject == "":
		return badIDToken(fault.IDTokenNoSubject)
	case display.Clean(c.Subject, maxSubject) != c.Subject:
		return badIDToken(fault.IDTokenBadSubject)
	case len(c.Audience) > maxAudience:
		return badIDToken(fault.IDTokenTooManyAudiences)
	case len(c.Audience) > 1 && c.Authorized == "", c.Authorized != "" && c.Authorized != clientID:
		return badIDToken(fault.IDTokenAuthorizedParty)
	}
	return c.checkTimes(now)
}

// checkTimes allows for the skew. A token from the provider's own hand that is too old or from the future is a sign
// that one of two clocks is wrong, and far more often it is ours.
func (c claims) checkTimes(now time.Time) error {
	switch {
	case c.Expiry == nil:
		return badIDToken(fault.IDTokenNoExpiry)
	case c.IssuedAt == nil:
		return badIDToken(fault.IDTokenNoIssuedAt)
	case !now.Before(c.Expiry.Add(skew)):
		return clockWrong(fault.ClockExpired, c.Expiry, now)
	case c.IssuedAt.After(now.Add(skew)):
		return clockWrong(fault.ClockIssuedLater, c.IssuedAt, now)
	case c.NotBefore != nil && c.NotBefore.After(now.Add(skew)):
		return clockWrong(fault.ClockNotYetValid, c.NotBefore, now)
	}
	return nil
}

func clockWrong(why fault.Reason, theirs *numericDate, ours time.Time) error {
	said := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	return fault.New(fault.ClockWrong, "theirs", said(theirs.Time), "ours", said(ours)).WithReason(why)
}

// checkAge obeys max_age (OpenID Connect Core §3.1.2.1): when it was sent, auth_time "MUST" be there, and no older.
func (c claims) checkAge(maxAge string, now time.Time) error {
	if maxAge == "" {
		return nil
	}
	seconds, err := strconv.Atoi(maxAge)
	switch {
	case err != nil || seconds < 0:
		return fault.New(fault.BadProfile).WithReason(fault.ProfileMaxAge)
	case c.AuthTime == nil:
		return badIDToken(fault.IDTokenNoAuthTime)
	case now.Sub(c.AuthTime.Time) > time.Duration(seconds)*time.Second+skew:
		return badIDToken(fault.IDTokenAuthTimeTooLongAgo)
	}
	return nil
}

// identity is what is kept of the claims, if they name the organization that the profile asked for. Auth0: what begins
// with "org_" is compared with org_id as it is, a name with org_name in lower case.
func (c claims) identity(p profile.Profile) (Identity, error) {
	if want := p.AuthorizationParams["organization"]; want != "" {
		got, same := string(c.OrgName), strings.ToLower(want)
		if strings.HasPrefix(want, "org_") {
			got, same = string(c.OrgID), want
		}
		if got != same {
			return Identity{}, fault.New(fault.WrongOrganization, "want", display.Clean(want, 100))
		}
	}
	slices.Sort(c.Audience)
	return Identity{
		Subject:      c.Subject,
		Name:         display.Clean(string(cmp.Or(c.Name, c.UserName)), 100),
		Email:        display.Clean(string(c.Email), 254),
		Organization: display.Clean(string(cmp.Or(c.OrgName, c.OrgID)), 100),
		Audience:     strings.Join(c.Audience, " "),
	}, nil
}

// Called is how the person is called in a message.
func (i Identity) Called() string {
	return account.Person{Subject: i.Subject, Name: i.Name, Email: i.Email}.Called()
}

// audience is a string or a list of strings.
type audience []string

// UnmarshalJSON takes both forms.
func (a *audience) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(a))
}

// numericDate is seconds since 1970, perhaps with a fraction (RFC 7519 §2).
type numericDate struct{ time.Time }

// UnmarshalJSON refuses dates that no calendar has.
func (d *numericDate) UnmarshalJSON(data []byte) error {
	seconds, err := strconv.ParseFloat(string(data), 64)
	if err != nil || seconds < 0 || seconds > 1e11 {
		return &strictjson.Error{Reason: fault.JSONDate}
	}
	d.Time = time.UnixMilli(int64(seconds * 1000))
	return nil
}

// looseText is a string from a member that need not hold one; anything else reads as "".
type looseText string

// UnmarshalJSON never fails.
func (t *looseText) UnmarshalJSON(data []byte) error {
	var s string
	_ = json.Unmarshal(data, &s)
	*t = looseText(s)
	return nil
}
