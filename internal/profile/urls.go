package profile

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"keyfob/internal/display"
	"keyfob/internal/fault"
)

// endpoint is a URL of the provider that a profile may name itself.
type endpoint struct{ field, url string }

// endpoints are all of them, in the order of the file; those that the profile leaves out have no URL.
func (p Profile) endpoints() []endpoint {
	return []endpoint{
		{"authorization_endpoint", p.AuthorizationEndpoint},
		{"token_endpoint", p.TokenEndpoint},
		{"revocation_endpoint", p.RevocationEndpoint},
		{"device_authorization_endpoint", p.DeviceAuthorizationEndpoint},
		{"end_session_endpoint", p.EndSessionEndpoint},
		{"jwks_uri", p.JWKSURI},
		{"userinfo_endpoint", p.UserinfoEndpoint},
	}
}

// IsAuth0 tells whether the provider is Auth0, by the profile's hint or by its host.
func (p Profile) IsAuth0() bool {
	return p.Provider == "auth0" || strings.HasSuffix(p.Host(), ".auth0.com")
}

// urlProblem judges a URL that Keyfob or a browser will go to. What it accepts has one reading only, by RFC 3986 and by
// those who are laxer: it is printable ASCII, without what a shell, a page or a browser could take otherwise.
func urlProblem(raw string) flaw {
	if wrong := technical(raw); wrong.found() {
		return wrong
	}
	if strings.ContainsAny(raw, " \\\"<>^`{|}") {
		return flaw{reason: fault.ProfileURLCharacter}
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme == "" || u.Hostname() == "":
		return flaw{reason: fault.ProfileURLWhole}
	case u.User != nil:
		return flaw{reason: fault.ProfileURLUser}
	case strings.Contains(raw, "#"):
		return flaw{reason: fault.ProfileURLFragment}
	case !portInRange(u.Port()) || strings.HasSuffix(u.Host, ":"):
		return flaw{reason: fault.ProfileURLPort}
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return flaw{reason: fault.ProfileURLHTTP}
	case u.Scheme != "http" && u.Scheme != "https":
		return flaw{reason: fault.ProfileURLScheme}
	}
	if wrong := hostProblem(u.Hostname()); wrong.found() {
		return wrong
	}
	return foreignLetters(raw)
}

// hostProblem refuses names that cannot be dialled, and ways of writing that hide which host is meant. One with letters
// of another alphabet is told in the form that is dialled: who knows what they do writes that, and who was sent a
// look-alike sees it. That form is the one thing from a file that a reason holds.
func hostProblem(host string) flaw {
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" || ip.IsUnspecified() || ip.IsMulticast() {
			return flaw{reason: fault.ProfileHostAddress}
		}
		return flaw{}
	}
	name, ok := display.ASCII(host)
	switch {
	case !ok || len(name) > 253, strings.HasPrefix(name, "-"), strings.ContainsAny(name, "%_"),
		strings.Contains(name, ".."), strings.Contains(name, ".-"), strings.Contains(name, "-."):
		return flaw{reason: fault.ProfileHostName}
	case !isASCII(host):
		return flaw{fault.ProfileHostASCII, []string{"host", name}}
	case strings.HasSuffix(name, "."):
		return flaw{reason: fault.ProfileHostDot}
	case numeric(name):
		return flaw{reason: fault.ProfileHostNumber}
	}
	return flaw{}
}

// numeric tells names that browsers and resolvers read as an address of IPv4 (WHATWG URL §3.5, "ends in a number"):
// 2130706433, 0x7f.1, 127.1.
func numeric(host string) bool {
	last := strings.ToLower(host[strings.LastIndexByte(host, '.')+1:])
	hex, is := strings.CutPrefix(last, "0x")
	return strings.Trim(last, "0123456789") == "" || is && strings.Trim(hex, "0123456789abcdef") == ""
}

// foreignLetters refuses what is not ASCII.
func foreignLetters(s string) flaw {
	if !isASCII(s) {
		return flaw{reason: fault.ProfileASCII}
	}
	return flaw{}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

func portInRange(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// loopback tells whether a host is this computer, by the names that RFC 8252 §8.3 and RFC 6761 §6.3 promise.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// issuerProblem judges an issuer by RFC 8414 §2: a URL without query and fragment. It is compared byte for byte, so it
// is judged and never mended.
func issuerProblem(raw string) flaw {
	if wrong := urlProblem(raw); wrong.found() {
		return wrong
	}
	if strings.Contains(raw, "?") {
		return flaw{reason: fault.ProfileIssuerQuery}
	}
	if strings.HasSuffix(raw, "/.well-known/openid-configuration") {
		return flaw{reason: fault.ProfileIssuerMetadata}
	}
	return flaw{}
}

// redirectProblem judges a callback address: http on the loopback interface, with or without a port (RFC 8252 §7.3).
func redirectProblem(raw string) flaw {
	if wrong := technical(raw); wrong.found() {
		return wrong
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Scheme != "http" || !slices.Contains([]string{"127.0.0.1", "::1", "localhost"}, u.Hostname()):
		return flaw{reason: fault.ProfileRedirectForm}
	case strings.Contains(raw, "?"):
		return flaw{reason: fault.ProfileRedirectQuery}
	}
	return urlProblem(raw)
}

// baseURLProblem judges the beginning of the URLs that a token may be sent to. Ways of writing a path that servers read
// differently are refused: a prefix must mean one thing.
func baseURLProblem(raw string) flaw {
	if wrong := urlProblem(raw); wrong.found() {
		return wrong
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || strings.Contains(raw, "?"):
		return flaw{reason: fault.ProfileBaseQuery}
	case strings.Contains(raw, "%") || !plainPath(u.EscapedPath()):
		return flaw{reason: fault.ProfileBasePath}
	}
	return flaw{}
}

// deepest is how often something may be escaped. Whoever does that more often has something to hide.
const deepest = 3

// plainPath tells whether every server reads an escaped path in the same way, whether it decodes it once, twice or not
// at all, and whether it takes parameters (;…) off or not: there is no way up in it, no separator in disguise and no
// empty part.
func plainPath(path string) bool {
	slashes := strings.Count(path, "/")
	for range deepest {
		path = unescaped(path)
	}
	if unescaped(path) != path || strings.Count(path, "/") != slashes || strings.Contains(path, "//") ||
		strings.Contains(path, `\`) ||
		strings.ContainsFunc(path, unicode.IsControl) || !utf8.ValidString(path) {
		return false
	}
	for part := range strings.SplitSeq(path, "/") {
		if name, _, _ := strings.Cut(part, ";"); name == "." || name == ".." {
			return false
		}
	}
	return true
}

// unescaped decodes each escape that is one, and leaves what is not, as lax servers do.
func unescaped(path string) string {
	var out strings.Builder
	for {
		plain, rest, found := strings.Cut(path, "%")
		out.WriteString(plain)
		if !found {
			return out.String()
		}
		if b, err := strconv.ParseUint(rest[:min(2, len(rest))], 16, 8); err == nil && len(rest) >= 2 {
			out.WriteByte(byte(b))
			rest = rest[2:]
		} else {
			out.WriteByte('%')
		}
		path = rest
	}
}

// Receives tells whether a token may be sent to a URL: it lies at or under one of the API's base URLs, and has one
// reading only.
func (p Profile) Receives(raw string) bool {
	return slices.ContainsFunc(baseURLs(p), func(base string) bool { return below(base, raw) })
}

// below tells whether a URL lies at or under a base URL: same scheme, host and port, and whole segments of its path.
// Hosts are compared in ASCII: beyond it there are letters that only look the same, and some that fold to one of ours.
func below(base, raw string) bool {
	b, err := url.Parse(base)
	if err != nil {
		return false
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Opaque != "" || strings.ContainsAny(raw, "# ") || !isASCII(u.Host) {
		return false
	}
	path, prefix := u.EscapedPath(), strings.TrimSuffix(b.Path, "/")
	return origin(u) == origin(b) && plainPath(path) && (path == prefix || strings.HasPrefix(path, prefix+"/"))
}

// origin is scheme, host and port, with the port that the scheme has by itself.
func origin(u *url.URL) string {
	port := u.Port()
	switch {
	case port == "" && u.Scheme == "https":
		port = "443"
	case port == "" && u.Scheme == "http":
		port = "80"
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// resourceProblem judges a resource indicator: an absolute URI without a fragment (RFC 8707 §2). It need not be a URL.
func resourceProblem(raw string) flaw {
	if wrong := technical(raw); wrong.found() {
		return wrong
	}
	u, err := url.Parse(raw)
	if err != nil || !u.IsAbs() || strings.ContainsAny(raw, "# ") {
		return flaw{reason: fault.ProfileResourceForm}
	}
	return foreignLetters(raw)
}
