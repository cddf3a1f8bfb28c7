package apicall

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/challenge"
	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/ratelimit"
	"keyfob/oauthflow"
)

// peekBytes is how much of a refusal's body is looked at.
const peekBytes = 64 << 10

// Refusal is what an API says about a request that it did not serve.
type Refusal struct {
	Code    string      // of the OAuth challenge (RFC 6750 §3.1): invalid_token …; empty where there is none
	Scope   string      // that it asks for
	Schemes []string    // of the challenges, where none of them takes an access token
	Said    string      // in its own words, cleaned
	Header  http.Header // of the response
}

// read looks at a refusal's challenges and at the beginning of its body, which stays whole for whoever gets it.
func read(res *http.Response) Refusal {
	r := Refusal{Header: res.Header}
	var described string
	bearer := false
	for _, c := range challenge.Parse(res.Header["Www-Authenticate"]) {
		if !strings.EqualFold(c.Scheme, "Bearer") && !strings.EqualFold(c.Scheme, "DPoP") {
			r.Schemes = append(r.Schemes, display.Clean(c.Scheme, 20))
			continue
		}
		bearer = true
		if r.Code == "" || c.Params["error"] == "invalid_token" {
			r.Code, r.Scope, described = c.Params["error"], c.Params["scope"], c.Params["error_description"]
		}
	}
	if bearer {
		r.Schemes = nil
	}
	const longest = 200
	r.Said = display.Clean(cmp.Or(described, message(res)), longest)
	r.Scope = display.Clean(r.Scope, longest)
	return r
}

// message is what a body of JSON says to people: by the names that APIs have for it, RFC 9457's among them.
func message(res *http.Response) string {
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if kind != "" && !strings.Contains(kind, "json") && kind != "text/plain" {
		return ""
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, peekBytes))
	rest := io.Reader(res.Body)
	if err != nil {
		rest = errReader{err}
	}
	res.Body = bodyReader{io.MultiReader(bytes.NewReader(data), rest), res.Body}
	var said map[string]any
	if json.Unmarshal(data, &said) != nil {
		return ""
	}
	for _, name := range []string{"message", "error_description", "detail", "Message", "error", "title"} {
		if text, ok := said[name].(string); ok && text != "" {
			return text
		}
	}
	return ""
}

// bodyReader is a body whose beginning was read already.
type bodyReader struct {
	io.Reader
	io.Closer
}

// errReader is the end of a body that broke off while its beginning was read.
type errReader struct{ err error }

func (f errReader) Read([]byte) (int, error) { return 0, f.err }

// unauthorized deals with a 401: one renewal and one repetition, where that can help.
func (c *call) unauthorized(res *http.Response) (Response, error) {
	said := read(res)
	if !c.credential.Stale(said, time.Now()) || c.refusedWhenNew() {
		return Response{res, c.diagnose(res, said)}, nil
	}
	if err := c.throttle(); err != nil {
		discard(res)
		return Response{}, err
	}
	c.waits(account.Wait{For: account.WaitToken})
	newer, err := c.credential.Renew(c.req.Context())
	switch {
	case err != nil:
		return Response{res, err}, nil //nolint:nilerr // the API's response stands, and this is what it means
	case newer.Equal(c.credential):
		return Response{res, c.diagnose(res, said)}, nil
	case c.body != nil && !c.body.whole():
		return Response{res, c.refused().WithReason(fault.WhyExpired)}, nil
	}
	discard(res)
	c.credential = newer
	if res, err = c.once(); err != nil { //nolint:bodyclose // the caller's
		return Response{}, err
	}
	if res.StatusCode == http.StatusUnauthorized {
		c.noteRefusedWhenNew()
		return Response{res, c.diagnose(res, read(res))}, nil
	}
	return Response{res, c.problem(res)}, nil
}

// refusedWhenNew tells whether the credential in hand was refused when it had just been renewed. Renewing it again
// would not end.
func (c *call) refusedWhenNew() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.credential.Equal(c.hopeless)
}

func (c *call) noteRefusedWhenNew() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hopeless = c.credential
}

// limited deals with a 429: one repetition after the wait that is asked for, where that is short and harmless.
func (c *call) limited(res *http.Response) (Response, error) {
	wait := retryAfter(res.Header, time.Now())
	if wait.IsZero() || !safe(c.req.Method) || c.body != nil || time.Until(wait) > c.Patience {
		return Response{res, c.problem(res)}, nil
	}
	discard(res)
	c.waits(account.Wait{For: account.WaitLess, Host: c.host(), Until: wait})
	if err := ratelimit.Sleep(c.req.Context(), time.Until(wait)); err != nil {
		return Response{}, err
	}
	if err := c.throttle(); err != nil {
		return Response{}, err
	}
	res, err := c.once() //nolint:bodyclose // the caller's
	if err != nil {
		return Response{}, err
	}
	return Response{res, c.problem(res)}, nil
}

// longestPause bounds what an API may ask for: a month, over which some count.
const longestPause = 31 * 24 * time.Hour

// retryAfter is the moment before which there is no use in asking again; zero where nothing is said.
func retryAfter(h http.Header, now time.Time) time.Time {
	if at, said := oauthflow.NotBefore(h, now, longestPause); said {
		return at
	}
	return time.Time{}
}
