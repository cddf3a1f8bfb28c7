package profile

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"keyfob/internal/display"
)

// Fact is one line of a trust card.
type Fact struct{ Label, Value string }

// TrustCard is what a person should see before a profile is taken in: who asks for the sign-in, where it happens, and
// where tokens go. All of it is cleaned; hosts are in ASCII, and addresses of a private network are marked as such.
func (p Profile) TrustCard() []Fact {
	facts := []Fact{
		{"Name", p.Name()},
		{"Signs in at", located(p.Host())},
		{"Client id", display.Clean(p.ClientID, 80)},
		{"Tokens for", strings.Join(p.apiHosts(), ", ")},
		{"Audience", display.Clean(p.Audience, 80)},
		{"Asks for", display.Clean(strings.Join(p.Scopes(), " "), 200)},
		{"Callback", display.Clean(strings.Join(p.Redirects(), ", "), 200)},
		{"Support", display.Clean(strings.Join(p.Contacts, ", "), 120)},
	}
	return slices.DeleteFunc(facts, func(f Fact) bool { return f.Value == "" })
}

// apiHosts are the hosts that tokens may be sent to, each once.
func (p Profile) apiHosts() []string {
	if p.API == nil {
		return nil
	}
	var hosts []string
	for _, u := range p.API.BaseURLs {
		if h := located(display.Host(u)); !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// located adds to a host where it is, if that is not the internet.
func located(host string) string {
	name := (&url.URL{Host: host}).Hostname()
	ip, err := netip.ParseAddr(name)
	switch {
	case loopback(name):
		return host + " (this computer)"
	case err == nil && (ip.IsPrivate() || ip.IsLinkLocalUnicast()):
		return host + " (an address of a private network)"
	}
	return host
}
