package profile

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"keyfob/internal/display"
	"keyfob/internal/words"
)

// Fact is one line of a trust card.
type Fact struct{ Label, Value string }

// TrustCard is what a person should see before a profile is taken in: who asks for the sign-in, where it happens, and
// where tokens go. All of it is cleaned; hosts are in ASCII, and addresses of a private network are marked as such.
func (p Profile) TrustCard() []Fact {
	facts := []Fact{
		{words.T("trust.name"), p.Name()},
		{p.Grant().StartLabel(), located(p.startHost())},
		{words.T("trust.also"), strings.Join(p.otherHosts(), ", ")},
		{words.T("trust.client"), display.Clean(p.ClientID, 80)},
		{words.T("trust.tokens-for"), strings.Join(p.apiHosts(), ", ")},
		{words.T("trust.audience"), display.Clean(p.Audience, 80)},
		{words.T("trust.asks-for"), display.Clean(strings.Join(p.Scopes(), " "), 200)},
		{words.T("trust.callback"), display.Clean(strings.Join(p.callbacks(), ", "), 200)},
		{words.T("trust.support"), display.Clean(strings.Join(p.Contacts, ", "), 120)},
	}
	return slices.DeleteFunc(facts, func(f Fact) bool { return f.Value == "" })
}

// callbacks are where the browser comes back to, if it does.
func (p Profile) callbacks() []string {
	if !p.Grant().Redirects {
		return nil
	}
	return p.Redirects()
}

// startHost is where a person goes, or a client's secret. A profile that names the address itself may send them
// elsewhere than to its issuer.
func (p Profile) startHost() string {
	if endpoint := p.Grant().StartsAt(p); endpoint != "" {
		return display.Host(endpoint)
	}
	return p.Host()
}

// otherHosts are those that the profile makes part of a sign-in beside the page. A file that names a well-known issuer
// and a token endpoint of its own would otherwise look like the issuer's.
func (p Profile) otherHosts() []string {
	urls := []string{p.Issuer}
	for _, e := range p.endpoints() {
		urls = append(urls, e.url)
	}
	return slices.DeleteFunc(hosts(urls), func(h string) bool { return h == "" || h == located(p.startHost()) })
}

// apiHosts are the hosts that tokens may be sent to.
func (p Profile) apiHosts() []string { return hosts(baseURLs(p)) }

// hosts are those of URLs as they may be shown, each once.
func hosts(urls []string) []string {
	var once []string
	for _, u := range urls {
		if h := located(display.Host(u)); !slices.Contains(once, h) {
			once = append(once, h)
		}
	}
	return once
}

// sharedSpace is what carriers and overlay networks give to those who have no address of their own (RFC 6598).
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")

// located adds to a host where it is, if that is not the internet.
func located(host string) string {
	name := (&url.URL{Host: host}).Hostname()
	ip, err := netip.ParseAddr(name)
	ip = ip.Unmap()
	switch {
	case loopback(name), strings.HasSuffix(name, ".localhost"): // RFC 6761 §6.3
		return words.T("trust.this-computer", "host", host)
	case err == nil && (ip.IsPrivate() || ip.IsLinkLocalUnicast() || sharedSpace.Contains(ip)):
		return words.T("trust.private-network", "host", host)
	}
	return host
}
