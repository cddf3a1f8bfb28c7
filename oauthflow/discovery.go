package oauthflow

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/strictjson"
)

// maxEndpoint leaves room for what an authorization URL carries. It is judged here and not only when the URL is made: a
// description that was accepted is used for a day.
const maxEndpoint = maxAuthorizationURL / 2 // bytes

// metadata is what Keyfob uses of a provider's description of itself, by the names of RFC 8414 §2, RFC 9207 §3 and
// OpenID Connect RP-Initiated Logout §2.1.
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	RevocationEndpoint    string   `json:"revocation_endpoint"`
	EndSessionEndpoint    string   `json:"end_session_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	SendsIssuer           bool     `json:"authorization_response_iss_parameter_supported"`
}

// verifiesIDTokens tells whether an ID token of this provider can be checked.
func (m metadata) verifiesIDTokens() bool { return m.Issuer != "" && m.JWKSURI != "" }

// metadataKey is everything in a profile that changes its metadata.
type metadataKey struct {
	issuer string
	named  [len(endpoints)]string
	grant  string // decides what is needed
}

func keyOf(p profile.Profile) metadataKey {
	key := metadataKey{issuer: p.Issuer, grant: p.Grant().Type}
	for i, e := range endpoints {
		key.named[i] = e.named(p)
	}
	return key
}

// metadata returns p's metadata, from the cache where that is younger than maxAge.
func (c *Client) metadata(ctx context.Context, p profile.Profile, maxAge time.Duration) (metadata, error) {
	key := keyOf(p)
	c.mu.Lock()
	known := c.metas[key]
	if known == nil {
		known = newCached(p.Host(), c.now, func(ctx context.Context) (metadata, error) { return c.discover(ctx, p) })
		c.metas[key] = known
	}
	c.mu.Unlock()
	return known.get(ctx, maxAge)
}

// NeedsDiscovery tells whether p's provider has to describe itself. A profile that says all that its grant needs, or
// names no issuer, needs no document.
func NeedsDiscovery(p profile.Profile) bool {
	needs, named := needsOf(p), metadata{}.overruled(p)
	complete := named.TokenEndpoint != "" && needs.start(named) != "" && (!needs.keys || named.JWKSURI != "")
	return p.Issuer != "" && !complete
}

// discover builds the metadata: what the provider says, overruled by what the profile says, then checked as a whole.
func (c *Client) discover(ctx context.Context, p profile.Profile) (metadata, error) {
	m := metadata{Issuer: p.Issuer}
	if NeedsDiscovery(p) {
		var err error
		if m, err = c.describe(ctx, p.Issuer); err != nil {
			return metadata{}, err
		}
	}
	m = m.overruled(p)
	if err := m.check(p); err != nil {
		return metadata{}, err
	}
	c.log.DebugContext(ctx, "provider described", "host", p.Host(), "revocation", m.RevocationEndpoint != "")
	return m, nil
}

// overruled is the metadata with the endpoints that the profile names.
func (m metadata) overruled(p profile.Profile) metadata {
	for _, e := range endpoints {
		at := e.in(&m)
		*at = cmp.Or(e.named(p), *at)
	}
	return m
}

// describe fetches the document of OpenID Connect Discovery §4, or where there is none that of RFC 8414 §3.
func (c *Client) describe(ctx context.Context, issuer string) (metadata, error) {
	u, err := checkURL("issuer", issuer)
	if err != nil {
		return metadata{}, err
	}
	if u.RawQuery != "" || u.ForceQuery { // RFC 8414 §2: "no query or fragment components"
		return metadata{}, insecureEndpoint("issuer", issuer)
	}
	r, err := c.fetch(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	if err == nil && r.status == http.StatusNotFound {
		path := strings.TrimSuffix(u.EscapedPath(), "/") // as written: "%2F" is not "/"
		r, err = c.fetch(ctx, u.Scheme+"://"+u.Host+"/.well-known/oauth-authorization-server"+path)
	}
	if err != nil {
		return metadata{}, err
	}
	return r.metadata(issuer, c.wallTime())
}

// metadata reads the document. RFC 8414 §3.3: "The issuer value returned MUST be identical to the authorization
// server's issuer identifier value […]. If these values are not identical, the data contained in the response MUST NOT
// be used."
func (r response) metadata(issuer string, now time.Time) (metadata, error) {
	if err := r.retryLater(problem{}, now); err != nil {
		return metadata{}, err
	}
	switch {
	case r.status != http.StatusOK:
		return metadata{}, badMetadata(r.host, fault.DiscoveryNoDocument, "status", strconv.Itoa(r.status))
	case len(r.body) <= maxBody && !r.json():
		return metadata{}, fault.New(fault.Portal, "host", r.host)
	}
	var m metadata
	if err := strictjson.Decode(r.body, maxBody, &m); err != nil {
		return metadata{}, badMetadata(r.host, fault.DiscoveryUnreadable).WithFindings(strictjson.Finding(err))
	}
	if m.Issuer == "" {
		return metadata{}, badMetadata(r.host, fault.DiscoveryNoIssuer)
	}
	if m.Issuer != issuer {
		return metadata{}, issuerMismatch(issuer, m.Issuer)
	}
	return m, nil
}

func badMetadata(host string, why fault.Reason, args ...string) *fault.Error {
	return fault.New(fault.DiscoveryInvalid, append(args, "host", host)...).WithReason(why)
}

// issuerMismatch shows both, and suggests the other one where only the last slash differs: the most common slip, and
// one that must not be repaired silently, because the issuer is compared in ID tokens and callbacks too.
func issuerMismatch(want, got string) error {
	args := []string{"want", display.Clean(want, 200), "got", display.Clean(got, 200)}
	if strings.TrimSuffix(got, "/") == strings.TrimSuffix(want, "/") {
		args = append(args, "suggest", display.Clean(got, 200))
	}
	return fault.New(fault.IssuerMismatch, args...)
}

// check judges the endpoints that p's grant needs. One on a host that is neither the issuer's nor named by the profile
// is refused: a document that was tampered with could send codes and tokens anywhere.
func (m metadata) check(p profile.Profile) error {
	needs := needsOf(p)
	if needs.pkce && m.ChallengeMethods != nil && !slices.Contains(m.ChallengeMethods, "S256") {
		return fault.New(fault.PKCEUnsupported, "host", p.Host())
	}
	for _, e := range endpoints {
		address := *e.in(&m)
		if address == "" || e.late {
			continue
		}
		if len(address) > maxEndpoint {
			return badMetadata(p.Host(), fault.DiscoveryEndpointTooLong, "field", e.field)
		}
		if _, err := checkEndpoint(e.field, address, trustedHosts(p)); err != nil {
			return err
		}
	}
	if m.TokenEndpoint == "" || needs.start(m) == "" {
		return badMetadata(p.Host(), fault.DiscoveryNoEndpoint)
	}
	return nil
}

// checkEndpoint reads the address in a field, if it is secure and on a trusted host.
func checkEndpoint(field, raw string, trusted []string) (*url.URL, error) {
	u, err := checkURL(field, raw)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(trusted, origin(u)) {
		return nil, fault.New(fault.ForeignEndpoint, "field", field, "host", display.Host(raw))
	}
	return u, nil
}

// trustedHosts are the issuer's, and those of the endpoints that the profile names.
func trustedHosts(p profile.Profile) []string {
	named := []string{p.Issuer}
	for _, e := range endpoints {
		if !e.late {
			named = append(named, e.named(p))
		}
	}
	var hosts []string
	for _, address := range named {
		if u, err := url.Parse(address); err == nil && address != "" {
			hosts = append(hosts, origin(u))
		}
	}
	return hosts
}

// origin is scheme, host and port in one comparable form.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// checkURL refuses what must be neither asked nor opened: another scheme, no host, a user name, a fragment, characters
// that no URL has, or that its host has once "%XX" in it is read.
func checkURL(field, raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || !secure(u) || u.User != nil || u.Fragment != "" || strings.ContainsFunc(raw+u.Host, notInURL) {
		return nil, insecureEndpoint(field, raw)
	}
	return u, nil
}

// insecureEndpoint shows the URL, but for a password in it.
func insecureEndpoint(field, raw string) error {
	if u, err := url.Parse(raw); err == nil && u.User != nil {
		raw = u.Redacted()
	}
	return fault.New(fault.InsecureEndpoint, "field", field, "url", display.Clean(raw, 200))
}

// notInURL tells characters that RFC 3986 does not know: spaces and controls, quotes and brackets that a shell or a
// page could read otherwise, and everything that is not ASCII.
func notInURL(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>\\^`{|}", r)
}
