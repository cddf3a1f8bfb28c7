package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/strictjson"
	"keyfob/oauthflow"
)

const (
	recordVersion = 1
	maxRecord     = 256 << 10 // bytes; a larger one was not written by us
)

// record is what is stored of a session: all that is needed to go on after a restart. Access tokens are not in it.
type record struct {
	issuer, tokenEndpoint, clientID string

	revocation string // endpoint, where the profile itself names one

	refresh secret.Text
	who     oauthflow.Identity
	nonce   secret.Text // of the sign-in; a refreshed ID token may repeat it (OpenID Connect Core §12.2)
	granted string      // the scope
	saved   time.Time

	toRevoke secret.Text // of a session that has ended: the refresh token that the provider is still to be told of
}

// storedRecord is the record as JSON; it lives only between the keychain and a record. What is read has its secrets in
// secret.Text, which would be written as a redacted word: encode reveals them.
type storedRecord[Secret secret.Text | string] struct {
	Version       int       `json:"v"`
	Issuer        string    `json:"issuer,omitempty"`
	TokenEndpoint string    `json:"token_endpoint,omitempty"`
	ClientID      string    `json:"client_id"`
	Revocation    string    `json:"revocation_endpoint,omitempty"`
	RefreshToken  Secret    `json:"refresh_token"`
	Subject       string    `json:"sub,omitempty"`
	Name          string    `json:"name,omitempty"`
	Email         string    `json:"email,omitempty"`
	Organization  string    `json:"org,omitempty"`
	Audience      string    `json:"aud,omitempty"`
	Nonce         Secret    `json:"nonce,omitzero"`
	Scope         string    `json:"scope,omitempty"`
	SavedAt       time.Time `json:"saved_at"`
	ToRevoke      Secret    `json:"leaving_token,omitzero"`
}

var (
	errNewer   = errors.New("the stored session was written by a newer Keyfob")
	errCorrupt = errors.New("the stored session cannot be read")
)

func (r record) encode() ([]byte, error) {
	data, err := json.Marshal(storedRecord[string]{
		Version: recordVersion, Issuer: r.issuer, TokenEndpoint: r.tokenEndpoint, ClientID: r.clientID,
		Revocation: r.revocation, RefreshToken: r.refresh.Reveal(),
		Subject: r.who.Subject, Name: r.who.Name, Email: r.who.Email,
		Organization: r.who.Organization, Audience: r.who.Audience, Nonce: r.nonce.Reveal(), Scope: r.granted,
		SavedAt: r.saved.UTC().Truncate(time.Second), ToRevoke: r.toRevoke.Reveal(),
	})
	if err == nil && len(data) > maxRecord { // it would be saved, and the one before it lost, and never be read again
		size, limit := strconv.Itoa(len(data)), strconv.Itoa(maxRecord)
		return nil, fault.New(fault.SecretTooLarge, "bytes", size, "limit", limit)
	}
	return data, err
}

// parseRecord reads a stored record. The error is errNewer or errCorrupt; its text holds nothing of the record.
func parseRecord(data []byte) (record, error) {
	var s storedRecord[secret.Text]
	if err := strictjson.Decode(data, maxRecord, &s); err != nil {
		return record{}, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	if s.Version > recordVersion {
		return record{}, errNewer
	}
	if s.Version != recordVersion {
		return record{}, errCorrupt
	}
	return record{
		issuer: s.Issuer, tokenEndpoint: s.TokenEndpoint, clientID: s.ClientID,
		revocation: s.Revocation, refresh: s.RefreshToken,
		who: oauthflow.Identity{
			Subject: s.Subject, Name: s.Name, Email: s.Email, Organization: s.Organization, Audience: s.Audience,
		},
		nonce: s.Nonce, granted: s.Scope, saved: s.SavedAt, toRevoke: s.ToRevoke,
	}, nil
}

// ended tells whether the record is the mark of a sign-out: one whose deletion failed, or that the provider is still to
// be told of.
func (r record) ended() bool { return r.refresh.Empty() }

// same tells whether two records say the same, whenever they were saved.
func (r record) same(o record) bool {
	secrets := r.refresh.Equal(o.refresh) && r.nonce.Equal(o.nonce) && r.toRevoke.Equal(o.toRevoke)
	r.refresh, r.nonce, r.toRevoke, r.saved = o.refresh, o.nonce, o.toRevoke, o.saved
	return secrets && r == o
}

// belongsTo tells whether the record is of this profile's provider and client. A record that is not is never used:
// tokens of one issuer must not reach another (RFC 9700 §4.4), neither to be renewed nor to be revoked.
func (r record) belongsTo(p profile.Profile) bool { // nobody signs in to a client's account
	sameToken := p.TokenEndpoint == "" || p.TokenEndpoint == r.tokenEndpoint
	sameRevocation := p.RevocationEndpoint == "" || p.RevocationEndpoint == r.revocation
	return p.Grant().Interactive && r.issuer == p.Issuer && r.clientID == p.ClientID && sameToken && sameRevocation
}
