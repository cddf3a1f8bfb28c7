package display

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxHost is the longest host name of the DNS (RFC 1035 §2.3.4), with room for a port.
const maxHost = 253 + len(":65535")

// Host returns the host of a URL, with its port where it names one, as it may be shown: in ASCII alone (see
// ASCII), so that a letter of another alphabet shows itself. User names, paths, queries and zones are left out.
// It returns "" where rawURL is no URL with a host, or with one that has no ASCII form or is too long to exist.
func Host(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		return ""
	}
	name, _, _ := strings.Cut(u.Hostname(), "%") // the zone of a link-local address says nothing to a person
	name, ok := ASCII(name)
	if !ok {
		return ""
	}
	port := u.Port()
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

// ASCII is a host name as it is told apart from others that look like it: in lower case, letters of other alphabets as
// "xn--…" (RFC 3492); false where it has no such form. What a lookup would make one letter of several (RFC 5895) stays
// as it is, so this is for people to see and not for dialling. net/http has the algorithm in the program already; a
// package that also maps is one and a half hundredths of the command line.
func ASCII(name string) (string, bool) {
	if !utf8.ValidString(name) {
		return "", false
	}
	name = strings.ToLower(name)
	if isASCII(name) {
		return name, true
	}
	var head strings.Builder
	asked := http.Request{Host: name, URL: &url.URL{Path: "/"}, Header: http.Header{"User-Agent": nil}}
	if asked.Write(&head) != nil {
		return "", false
	}
	_, rest, _ := strings.Cut(head.String(), "\r\nHost: ")
	host, _, _ := strings.Cut(rest, "\r\n")
	return host, isASCII(host)
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
