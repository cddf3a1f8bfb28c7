package profile

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"

	"keyfob/internal/display"
	"keyfob/internal/fault"
)

// CheckField judges what stands in one field of a form while it is typed: that of a blank, or one of "domain",
// "issuer", "client_id" and "audience". It returns nil for a good value; blanks around it do no harm.
func CheckField(field, value string) *fault.Finding {
	value = strings.TrimSpace(value)
	wrong := fieldProblem(field, value)
	if looksIssued(value) || field != "client_id" && looksRandom(value) {
		wrong = flaw{reason: fault.ProfileSecretTyped}
	}
	if !wrong.found() {
		return nil
	}
	f := withExample(fault.Find(field, wrong.reason, wrong.args...), strings.Trim(example(field), `"`))
	return &f
}

func fieldProblem(field, value string) flaw {
	switch field {
	case "domain":
		_, wrong := auth0Issuer(value)
		return wrong
	case "issuer":
		return neededIssuerProblem(value)
	case "client_id":
		return clientIDProblem(value)
	case "audience":
		return audienceProblem(value)
	case "scope":
		return scopeProblem(value)
	case "tenant":
		return tenantProblem(value)
	case "token_endpoint", "api.test_url":
		return urlProblem(value)
	case "api.base_urls":
		return eachProblem(value)
	case "monthly_token_limit":
		return limitProblem(value)
	}
	return flaw{}
}

func neededIssuerProblem(issuer string) flaw {
	if issuer == "" {
		return flaw{reason: fault.ProfileIssuerAddress}
	}
	return issuerProblem(issuer)
}

// auth0Issuer makes the issuer of a tenant's domain. Auth0's issuers end in a slash.
func auth0Issuer(domain string) (issuer string, wrong flaw) {
	domain = strings.TrimSpace(domain)
	if domain == "" {
		return "", flaw{reason: fault.ProfileDomainNeeded}
	}
	if wrong := technical(domain); wrong.found() {
		return "", wrong
	}
	if !strings.Contains(domain, "://") {
		domain = "https://" + domain
	}
	if wrong := issuerProblem(domain); wrong.found() {
		return "", wrong
	}
	u, err := url.Parse(domain)
	switch {
	case err != nil || strings.Trim(u.Path, "/") != "":
		return "", flaw{reason: fault.ProfileDomainPath}
	case u.Hostname() == "manage.auth0.com" || u.Hostname() == "auth0.com":
		return "", flaw{reason: fault.ProfileDomainDashboard}
	case !strings.Contains(u.Hostname(), ".") && !loopback(u.Hostname()):
		return "", flaw{reason: fault.ProfileDomainWhole}
	}
	return u.Scheme + "://" + strings.ToLower(u.Host) + "/", flaw{}
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
