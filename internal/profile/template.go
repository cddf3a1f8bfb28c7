package profile

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"

	"keyfob/internal/display"
)

// CheckField judges what stands in one field of a form while it is typed: that of a blank, or one of "domain",
// "issuer", "client_id" and "audience". It returns nil for a good value; blanks around it do no harm.
func CheckField(field, value string) *Problem {
	value = strings.TrimSpace(value)
	var reason string
	switch field {
	case "domain":
		_, reason = auth0Issuer(value)
	case "issuer":
		reason = neededIssuerProblem(value)
	case "client_id":
		reason = clientIDProblem(value)
	case "audience":
		reason = audienceProblem(value)
	case "scope":
		reason = scopeProblem(value)
	case "tenant":
		reason = tenantProblem(value)
	case "token_endpoint", "api.test_url":
		reason = urlProblem(value)
	case "api.base_urls":
		reason = eachProblem(value)
	case "monthly_token_limit":
		reason = limitProblem(value)
	}
	secret := looksIssued(value) || field != "client_id" && looksRandom(value)
	switch {
	case secret:
		reason = asksForNoSecret
	case reason == "":
		return nil
	}
	return &Problem{field, reason, strings.Trim(example(field), `"`)}
}

// asksForNoSecret is for what looks like one in a field of a profile, whatever kind of account it is for.
const asksForNoSecret = "this looks like a token or a secret, which a profile never holds: where people sign in none is " +
	"needed, and a program's client secret is asked for on its own"

func neededIssuerProblem(issuer string) string {
	if issuer == "" {
		return "it is needed; it is the address of the sign-in service"
	}
	return issuerProblem(issuer)
}

// auth0Issuer makes the issuer of a tenant's domain. Auth0's issuers end in a slash.
func auth0Issuer(domain string) (issuer, reason string) {
	domain = strings.TrimSpace(domain)
	if domain == "" {
		return "", "it is needed; the settings of the application show it"
	}
	if reason := technical(domain); reason != "" {
		return "", reason
	}
	if !strings.Contains(domain, "://") {
		domain = "https://" + domain
	}
	if reason := issuerProblem(domain); reason != "" {
		return "", reason
	}
	u, err := url.Parse(domain)
	switch {
	case err != nil || strings.Trim(u.Path, "/") != "":
		return "", "only the domain is needed, without a path"
	case u.Hostname() == "manage.auth0.com" || u.Hostname() == "auth0.com":
		return "", "this is the dashboard; the domain stands in the settings of the application there"
	case !strings.Contains(u.Hostname(), ".") && !loopback(u.Hostname()):
		return "", "it must be the whole domain"
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + "/", ""
}

// ownLabel finds the part of a host that names its owner: "acme" in acme.eu.auth0.com and in login.acme.com.
func ownLabel(host string) string {
	name := (&url.URL{Host: host}).Hostname()
	labels := strings.Split(name, ".")
	if _, err := netip.ParseAddr(name); err == nil || len(labels) == 1 {
		return name
	}
	general := []string{"login", "auth", "id", "idp", "sso", "oauth", "signin", "identity", "account", "accounts", "www"}
	for len(labels) > 2 && slices.Contains(general, labels[0]) {
		labels = labels[1:]
	}
	return labels[0]
}

// withoutAccents knows the letters of the languages that are written in Latin ones.
var withoutAccents = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for plain, marked := range map[string]string{
		"a": "àáâãäåāăą", "ae": "æ", "c": "çćĉċč", "d": "ďđð", "e": "èéêëēĕėęě", "g": "ĝğġģ", "h": "ĥħ",
		"i": "ìíîïĩīĭįı", "j": "ĵ", "k": "ķ", "l": "ĺļľŀł", "n": "ñńņňŉŋ", "o": "òóôõöøōŏő", "oe": "œ", "r": "ŕŗř",
		"s": "śŝşšș", "ss": "ß", "t": "ťţŧț", "th": "þ", "u": "ùúûüũūŭůűų", "w": "ŵ", "y": "ýÿŷ", "z": "źżž",
	} {
		for _, r := range marked {
			pairs = append(pairs, string(r), plain)
		}
	}
	return strings.NewReplacer(pairs...)
})

// SuggestID makes an id of a name that a person gave.
func SuggestID(name string) string {
	const longest = 40
	var b strings.Builder
	for _, r := range withoutAccents().Replace(strings.ToLower(display.Clean(name, 200))) {
		switch {
		case b.Len() >= longest:
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '_':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // an accent that stood on the letter before
		case !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	id := strings.Trim(b.String(), "-._")
	switch {
	case id == "":
		return "account"
	case isReserved(id):
		return "my-" + id
	}
	return id
}
