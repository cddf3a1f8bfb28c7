package hostile

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// Where a token response is replaced as a whole, the grant is not spent: something stood before the provider. Where it
// is changed, the grant is spent, and the new refresh token is in what came.
var tokenTricks = []trick{
	{name: "token-type-missing", cases: "A28", about: "it does not say the token's type",
		tokens: func(m map[string]any) { delete(m, "token_type") }},
	{name: "token-type-mac", cases: "A28", about: "its token is not a bearer token",
		tokens: token("token_type", "mac")},

	{name: "expires-missing", cases: "A29", about: "it does not say when the token ends",
		tokens: func(m map[string]any) { delete(m, "expires_in") }},
	{name: "expires-zero", cases: "A29", about: "its token ends at once",
		tokens: token("expires_in", 0)},
	{name: "expires-one", cases: "A29", about: "its token lives for a second",
		tokens: token("expires_in", 1)},
	{name: "expires-negative", cases: "A29", about: "its token ended long ago",
		tokens: token("expires_in", -9223372036854775807)},
	{name: "expires-float", cases: "A29", about: "its token's end is a fraction",
		tokens: token("expires_in", 3599.5)},
	{name: "expires-text", cases: "A29", about: "its token's end is text",
		tokens: token("expires_in", "3600")},
	{name: "expires-1e300", cases: "A29", about: "its token outlives the universe",
		tokens: token("expires_in", 1e300)},

	{name: "token-200-error", cases: "A30", about: "it answers 200 with an error",
		at: TokenPath, respond: always("application/json",
			`{"error":"temporarily_unavailable","error_description":"`+Canary+`"}`)},
	{name: "token-html", cases: "A30", about: "it answers with a page",
		at: TokenPath, respond: always("text/html", page)},
	{name: "token-form", cases: "A30", about: "it answers with a form, as OAuth 1 did",
		at: TokenPath, respond: always("application/x-www-form-urlencoded",
			"access_token="+Canary+"&token_type=bearer&refresh_token="+Canary)},
	{name: "token-empty", cases: "A30", about: "it answers with nothing",
		at: TokenPath, respond: always("application/json", "")},
	{name: "token-echo", cases: "A30 A65", about: "it answers 500 with the whole request in its page",
		at: TokenPath, respond: echo},
	{name: "token-error-echo", cases: "A30 A65", about: "its error's description is the request, with a script",
		at: TokenPath, respond: echoError},

	{name: "token-echo-member", cases: "A30 A65", about: "its answer has the request's secrets as names, each twice",
		at: TokenPath, respond: echoMember},

	{name: "token-2mb", cases: "A31", about: "its answer has two megabytes",
		write: writing(func(body []byte) []byte { return with(body, `,"x":"`+strings.Repeat("a", 2*megabyte)+`"`) })},
	{name: "token-truncated", cases: "A31", about: "its answer is cut off after the refresh token",
		write: truncate},
	{name: "token-gzip-bomb", cases: "A31", about: "its answer unpacks to a gigabyte",
		write: bomb},
	{name: "token-endless", cases: "A31", about: "its answer never ends",
		at: TokenPath, respond: endless},
	{name: "token-drip", cases: "A31", about: "its answer comes a byte a second",
		at: TokenPath, respond: drip},
	{name: "token-scope-huge", cases: "A31", about: "its scope has 300 KB",
		tokens: token("scope", strings.Repeat("scope ", 50<<10))},

	{name: "token-crlf", cases: "A32", about: "its access token brings a header along",
		tokens: token("access_token", "a\r\nX-Injected: "+Canary)},
	{name: "token-nul", cases: "A32", about: "its access token has a NUL in it",
		tokens: token("access_token", "a\x00"+Canary)},
	{name: "token-non-ascii", cases: "A32", about: "its access token is not ASCII",
		tokens: token("access_token", "ünicode-"+Canary)},
	{name: "token-scope-odd", cases: "A32", about: "its scope has terminal escapes and bidi in it",
		tokens: token("scope", "openid "+script)},

	{name: "token-duplicate-keys", cases: "A33", about: "it says the access token twice",
		write: writing(func(body []byte) []byte { return with(body, `,"access_token":"`+Canary+`"`) })},
	{name: "token-wrong-case", cases: "A33", about: "it says Access_Token",
		write: writing(func(body []byte) []byte { return bytes.Replace(body, []byte("access_"), []byte("Access_"), 1) })},

	{name: "redirect-token-302", cases: "A21 A34", about: "it sends the request elsewhere, with tokens in the body",
		at: TokenPath, respond: leading(http.StatusFound)},
	{name: "redirect-token-307", cases: "A34", about: "it sends the request elsewhere, to be made again",
		at: TokenPath, respond: leading(http.StatusTemporaryRedirect)},
	{name: "redirect-token-308", cases: "A34", about: "it sends the request elsewhere for good",
		at: TokenPath, respond: leading(http.StatusPermanentRedirect)},

	{name: "quota-429", cases: "A29 F7", about: "its quota is used up, for longer than anybody waits",
		at: TokenPath, respond: func(_ *Provider, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "99999999999999999999")
			reply(w, http.StatusTooManyRequests, map[string]any{
				"error": "too_many_requests", "error_description": "Client quota exceeded"})
		}},
}

// token sets one member of a token response.
func token(member string, value any) func(map[string]any) {
	return func(m map[string]any) { m[member] = value }
}

// truncate promises the whole response and sends it up to the scope, which comes after the refresh token.
func truncate(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	send(w, http.StatusOK, "application/json", body[:bytes.Index(body, []byte(`"scope"`))])
}

// echo is what a debugging page says: code, verifier and refresh token.
func echo(_ *Provider, w http.ResponseWriter, r *http.Request) {
	send(w, http.StatusInternalServerError, "text/html", []byte(page+"<pre>"+r.PostForm.Encode()+"</pre>"))
}

func echoError(_ *Provider, w http.ResponseWriter, r *http.Request) {
	secrets := r.PostForm.Get("code") + r.PostForm.Get("refresh_token") + " " + r.PostForm.Get("code_verifier")
	reply(w, http.StatusBadRequest, map[string]any{"error": "server_error", "error_description": secrets + script})
}

func echoMember(_ *Provider, w http.ResponseWriter, r *http.Request) {
	name := r.PostForm.Get("code") + r.PostForm.Get("refresh_token")
	send(w, http.StatusOK, "application/json", fmt.Appendf(nil, `{%q:1,%q:2}`, name, name))
}
