package hostile

import (
	"encoding/json"
	"net/http"
	"strings"
)

var discoveryTricks = []trick{
	{name: "issuer-slash", cases: "A19", about: "its issuer lacks the slash at the end",
		describe: says("issuer", func(p *Provider) any { return strings.TrimSuffix(p.Issuer, "/") })},
	{name: "issuer-case", cases: "A19", about: "its issuer has another case",
		describe: says("issuer", func(p *Provider) any { return strings.Replace(p.Issuer, "http", "HTTP", 1) })},
	{name: "issuer-userinfo", cases: "A19", about: "its issuer has a user name",
		describe: says("issuer", func(p *Provider) any { return strings.Replace(p.Issuer, "//", "//jane@", 1) })},
	{name: "issuer-other", cases: "A19", about: "it speaks for another provider",
		describe: says("issuer", func(p *Provider) any { return p.Elsewhere })},
	{name: "issuer-missing", cases: "A19", about: "it does not say its issuer",
		describe: func(_ *Provider, m map[string]any) { delete(m, "issuer") }},

	{name: "http-endpoint", cases: "A20", about: "its token endpoint is http on another machine",
		describe: says("token_endpoint", is("http://198.51.100.7/token"))},
	{name: "foreign-endpoint", cases: "A22", about: "its token endpoint is another origin's",
		describe: says("token_endpoint", func(p *Provider) any { return p.Elsewhere + "token" })},
	{name: "foreign-keys", cases: "A22", about: "its keys are another origin's",
		describe: says("jwks_uri", func(p *Provider) any { return p.Elsewhere + "keys" })},

	{name: "redirect-discovery", cases: "A21", about: "its description is elsewhere",
		at: DiscoveryPath, respond: leading(http.StatusMovedPermanently)},
	{name: "redirect-keys", cases: "A21", about: "its keys are elsewhere",
		at: KeysPath, respond: leading(http.StatusFound)},

	{name: "javascript-authorization-url", cases: "A23", about: "it has the browser run a script",
		describe: says(authorization, is("javascript:alert(document.domain)"))},
	{name: "file-authorization-url", cases: "A23", about: "it has the browser open a file",
		describe: says(authorization, is("file:///etc/passwd"))},
	{name: "unc-authorization-url", cases: "A23", about: "it has Windows open a share",
		describe: says(authorization, is(`\\198.51.100.7\share\setup.exe`))},
	{name: "dash-authorization-url", cases: "A23", about: "its address is an option of the opener",
		describe: says(authorization, is("--renderer-cmd-prefix=/bin/sh"))},
	{name: "space-authorization-url", cases: "A23", about: "its address has a blank and an option in it",
		describe: says(authorization, func(p *Provider) any { return p.Issuer + "authorize --no-sandbox" })},
	{name: "nul-authorization-url", cases: "A23", about: "its address has a NUL in it",
		describe: says(authorization, func(p *Provider) any { return p.Issuer + "authorize\x00.exe" })},
	{name: "shell-authorization-url", cases: "A23", about: "its address has a command for a shell in it",
		describe: says(authorization, func(p *Provider) any { return p.Issuer + "authorize`touch kf-pwned`" })},
	{name: "long-authorization-url", cases: "A23", about: "its address is longer than 8 KB",
		describe: says(authorization, func(p *Provider) any { return p.Issuer + "authorize?" + strings.Repeat("a", 9<<10) })},

	{name: "discovery-html", cases: "A24", about: "it answers with a page",
		at: DiscoveryPath, respond: always("text/html", page)},
	{name: "discovery-2mb", cases: "A24", about: "its description has two megabytes",
		describe: says("x_pad", is(strings.Repeat("a", 2*megabyte)))},
	{name: "discovery-endless", cases: "A24", about: "its description never ends",
		at: DiscoveryPath, respond: endless},
	{name: "discovery-gzip-bomb", cases: "A24", about: "its description unpacks to a gigabyte",
		at: DiscoveryPath, respond: func(p *Provider, w http.ResponseWriter, _ *http.Request) {
			body, _ := json.Marshal(p.metadata()) // a map of plain values
			bomb(w, body)
		}},
	{name: "discovery-deep", cases: "A24", about: "its description is 400,000 lists in one another",
		at: DiscoveryPath, respond: always("application/json",
			`{"x":`+strings.Repeat("[", 400_000)+strings.Repeat("]", 400_000)+"}")},
	{name: "discovery-drip", cases: "A24", about: "its description comes a byte a second",
		at: DiscoveryPath, respond: drip},
	{name: "discovery-header", cases: "A24", about: "its description comes with a megabyte of header",
		at: DiscoveryPath, respond: headers},
	{name: "discovery-duplicate-keys", cases: "A33", about: "it says its token endpoint twice",
		at: DiscoveryPath, respond: func(p *Provider, w http.ResponseWriter, _ *http.Request) {
			body, _ := json.Marshal(p.metadata())
			send(w, http.StatusOK, "application/json", with(body, `,"token_endpoint":"`+p.Elsewhere+`token"`))
		}},
	{name: "discovery-odd-member", cases: "A16 A33", about: "it says a member twice whose name moves a terminal's cursor",
		at: DiscoveryPath, respond: always("application/json",
			`{"\u001b[2J\u202e{code}":1,"\u001b[2J\u202e{code}":2}`)},

	{name: "no-s256", cases: "A25", about: "it knows no PKCE but plain",
		describe: says("code_challenge_methods_supported", is([]string{"plain"}))},
}

const authorization = "authorization_endpoint"

// says sets one member of the metadata.
func says(member string, value func(*Provider) any) func(*Provider, map[string]any) {
	return func(p *Provider, m map[string]any) { m[member] = value(p) }
}

func is(value any) func(*Provider) any { return func(*Provider) any { return value } }
