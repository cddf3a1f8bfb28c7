package profile

import (
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/strictjson"
)

// Version is the only version of the file there is.
const Version = 1

// MaxBytes is the largest file that is read.
const MaxBytes = 256 << 10

// Profile is one profile file. An empty field is one that the file leaves out.
type Profile struct {
	Version int    `json:"keyfob_profile"`
	ID      string `json:"id"` // the name on the command line, and of the file that Keyfob keeps

	// What people see (RFC 7591 §2). Clean before showing: Name and TrustCard do.
	ClientName string   `json:"client_name,omitzero"`
	ClientURI  string   `json:"client_uri,omitzero"`
	LogoURI    string   `json:"logo_uri,omitzero"`
	Contacts   []string `json:"contacts,omitzero"`

	// The provider (RFC 8414 §2). The issuer is kept exactly as written; endpoints override discovery.
	Issuer                      string `json:"issuer,omitzero"`
	AuthorizationEndpoint       string `json:"authorization_endpoint,omitzero"`
	TokenEndpoint               string `json:"token_endpoint,omitzero"`
	RevocationEndpoint          string `json:"revocation_endpoint,omitzero"`
	DeviceAuthorizationEndpoint string `json:"device_authorization_endpoint,omitzero"`
	EndSessionEndpoint          string `json:"end_session_endpoint,omitzero"`
	JWKSURI                     string `json:"jwks_uri,omitzero"`
	UserinfoEndpoint            string `json:"userinfo_endpoint,omitzero"`

	// The client there.
	ClientID                string   `json:"client_id"`
	TokenEndpointAuthMethod string   `json:"token_endpoint_auth_method,omitzero"`
	GrantTypes              []string `json:"grant_types,omitzero"`
	RedirectURIs            []string `json:"redirect_uris,omitzero"` // in order of preference

	// What to ask for.
	Scope               string            `json:"scope,omitzero"`
	Audience            string            `json:"audience,omitzero"`
	Resource            Texts             `json:"resource,omitzero"` // RFC 8707
	AuthorizationParams map[string]string `json:"authorization_params,omitzero"`
	Provider            string            `json:"provider,omitzero"` // a hint: "auth0", "keycloak"

	// Where a token may go, and how often.
	API                  *API    `json:"api,omitzero"`
	MonthlyTokenLimit    int     `json:"monthly_token_limit,omitzero"`     // tokens; 0: none
	MaxRequestsPerSecond float64 `json:"max_requests_per_second,omitzero"` // 0: none for people and APIs; see oauthflow
}

// API is what the tokens are for.
type API struct {
	BaseURLs []string `json:"base_urls,omitzero"` // exact scheme, host, port and path prefix
	TestURL  string   `json:"test_url,omitzero"`  // below one of BaseURLs
	// DefaultTokenLifetime is in seconds, for providers that send no expires_in; 0: not said.
	DefaultTokenLifetime int `json:"default_token_lifetime,omitzero"`
}

// Texts is a list that a file may also write as one text.
type Texts []string

// UnmarshalJSON reads a text or a list of texts.
func (t *Texts) UnmarshalJSON(data []byte) error {
	if jsontext.Value(data).Kind() == '"' {
		*t = make(Texts, 1)
		return jsonv2.Unmarshal(data, &(*t)[0])
	}
	if err := jsonv2.Unmarshal(data, (*[]string)(t)); err != nil {
		return &strictjson.Error{Reason: fault.ProfileTexts}
	}
	return nil
}

// Marshal writes the file: indented, one field a line, with a newline at the end. The same profile is always the same
// bytes. It fails where a text is not UTF-8, or a number is none.
func (p Profile) Marshal() ([]byte, error) {
	file, err := jsonv2.Marshal(p, jsontext.WithIndent("  "), jsonv2.Deterministic(true))
	if err != nil {
		return nil, err
	}
	return append(file, '\n'), nil
}

// The ways in which a client may authenticate at the token endpoint (RFC 7591 §2).
const (
	AuthNone  = "none"
	AuthBasic = "client_secret_basic"
	AuthPost  = "client_secret_post"
)

// Scopes are what to ask for: those of the file, or where it names none those of the grant.
func (p Profile) Scopes() []string {
	if p.Scope == "" {
		return slices.Clone(p.Grant().Scopes)
	}
	return strings.Fields(p.Scope)
}

// Redirects are the callback addresses in order of preference. The default ports lie below those that Linux gives to
// outgoing connections.
func (p Profile) Redirects() []string {
	if len(p.RedirectURIs) > 0 {
		return slices.Clone(p.RedirectURIs)
	}
	return []string{
		"http://127.0.0.1:17171/callback",
		"http://127.0.0.1:17172/callback",
		"http://127.0.0.1:17173/callback",
	}
}

// AuthMethod is how the client shows who it is at the token endpoint: not at all, unless the profile says otherwise.
func (p Profile) AuthMethod() string {
	if p.TokenEndpointAuthMethod == "" {
		return AuthNone
	}
	return p.TokenEndpointAuthMethod
}

// Name is what to call the profile, cleaned: client_name, or the id where that shows nothing.
func (p Profile) Name() string {
	const longest = 60
	if name := display.Clean(p.ClientName, longest); name != "" {
		return name
	}
	return display.Clean(p.ID, longest)
}

// Host is where people sign in, as it may be shown: the issuer's host, in ASCII.
func (p Profile) Host() string {
	for _, u := range []string{p.Issuer, p.AuthorizationEndpoint, p.TokenEndpoint} {
		if u != "" {
			return display.Host(u)
		}
	}
	return ""
}
