package display

import (
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// maxHost is the longest host name of the DNS (RFC 1035 §2.3.4), with room for a port.
const maxHost = 253 + len(":65535")

// Host returns the host of a URL, with its port where it names one, as it may be shown: lower case, and in the ASCII
// form that is connected to (RFC 5891), so that a letter of another alphabet shows itself as "xn--…". User names,
// paths, queries and zones are left out.
// It returns "" where rawURL is no URL with a host, or with one that has no ASCII form or is too long to exist.
func Host(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return ""
	}
	name, _, _ := strings.Cut(u.Hostname(), "%") // the zone of a link-local address says nothing to a person
	name, port := ascii(name), u.Port()
	if name == "" {
		return ""
	}
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}
	if port != "" {
		name += ":" + port
	}
	if len(name) > maxHost {
		return ""
	}
	return Clean(name, maxHost)
}

// ascii maps a host name as net/http does before it dials. Names that the lookup rules refuse cannot be dialled; they
// are still shown in ASCII, if they have such a form.
func ascii(name string) string {
	if a, err := idna.Lookup.ToASCII(name); err == nil {
		return a
	}
	if a, err := idna.Punycode.ToASCII(name); err == nil {
		name = a
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) {
		return ""
	}
	return strings.ToLower(name)
}
