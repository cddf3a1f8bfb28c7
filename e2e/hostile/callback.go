package hostile

import (
	"net/http"
	"net/url"
	"strings"
)

// script is what an attacker would like to be shown as it is: in a page, in a terminal, in a dialog.
const script = "<script>alert('" + Canary + "')</script>\x1b[31m\x1b]0;pwned\a\u202egpj.exe\u200b\r\nkeyfob: done"

var callbackTricks = []trick{
	{name: "callback-no-state", cases: "A1", about: "it leaves out the state",
		callback: func(_ *Provider, _, back url.Values) { back.Del("state") }},
	{name: "callback-empty-state", cases: "A1", about: "it sends an empty state",
		callback: back("state", "")},
	{name: "callback-wrong-state", cases: "A1", about: "it sends another state",
		callback: back("state", "KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK")},
	{name: "callback-duplicate-state", cases: "A1", about: "it sends the state twice",
		callback: func(_ *Provider, _, back url.Values) { back.Add("state", back.Get("state")) }},
	{name: "callback-long", cases: "A15", about: "it sends a query of 9 KB",
		callback: back("session_state", strings.Repeat("a", 9<<10))},
	{name: "callback-error-no-state", cases: "A6", about: "it sends an error without the state",
		callback: func(_ *Provider, _, back url.Values) {
			back.Del("state")
			back.Set("error", "access_denied")
		}},

	{name: "callback-replayed", cases: "A2", about: "it calls back itself before the browser does",
		callback: func(_ *Provider, asked, back url.Values) { visit(asked.Get("redirect_uri") + "?" + back.Encode()) }},
	{name: "callback-injected-code", cases: "A4", about: "it sends the code of an attacker's own sign-in",
		callback: inject},
	{name: "callback-injected-code-unchecked", cases: "A4", about: "the same, and it does not check PKCE",
		callback: inject, anyVerifier: true},

	{name: "callback-wrong-iss", cases: "A5", about: "it says that it is another provider",
		callback: func(p *Provider, _, back url.Values) { back.Set("iss", p.Elsewhere) }},
	{name: "callback-no-iss", cases: "A5", about: "it does not say who it is, though it promised to",
		callback: func(_ *Provider, _, back url.Values) { back.Del("iss") }},
	{name: "callback-duplicate-iss", cases: "A5", about: "it says that it is two providers",
		callback: func(p *Provider, _, back url.Values) { back.Add("iss", p.Elsewhere) }},
	{name: "callback-error-wrong-iss", cases: "A5 A6", about: "it refuses in another provider's name",
		callback: func(p *Provider, _, back url.Values) {
			back.Del("code")
			back.Set("error", "access_denied")
			back.Set("iss", p.Elsewhere)
		}},

	{name: "callback-error-html", cases: "A6 A16", about: "it refuses with a script, escapes and bidi in its words",
		callback: func(_ *Provider, _, back url.Values) {
			back.Del("code")
			back.Set("error", "access_denied")
			back.Set("error_description", script)
		}},
	{name: "callback-error-code-html", cases: "A6 A16", about: "it refuses with the same as its code",
		callback: func(_ *Provider, _, back url.Values) {
			back.Del("code")
			back.Set("error", script)
		}},
	{name: "callback-code-and-error", cases: "A7", about: "it says yes and no at once",
		callback: back("error", "access_denied")},
	{name: "callback-duplicate-code", cases: "A7", about: "it sends two codes",
		callback: func(p *Provider, asked, back url.Values) { back.Add("code", p.code(asked)) }},
	{name: "callback-no-code", cases: "A7", about: "it sends neither code nor error",
		callback: func(_ *Provider, _, back url.Values) { back.Del("code") }},
}

// back sets one parameter of the callback.
func back(name, value string) func(_ *Provider, _, back url.Values) {
	return func(_ *Provider, _, back url.Values) { back.Set(name, value) }
}

// inject puts in the code of a sign-in that an attacker began and finished, with a verifier and a nonce of their own.
func inject(p *Provider, asked, back url.Values) {
	back.Set("code", p.code(url.Values{
		"redirect_uri": asked["redirect_uri"], "scope": asked["scope"], "nonce": {"attacker"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, // RFC 7636, Appendix B
	}))
}

// visit asks for an address, and follows no redirect.
func visit(address string) {
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if res, err := client.Get(address); err == nil {
		_ = res.Body.Close()
	}
}
