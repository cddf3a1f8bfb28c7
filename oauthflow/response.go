package oauthflow

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"keyfob/internal/challenge"
	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/internal/strictjson"
)

// response is an HTTP response whose body has been read.
type response struct {
	host   string
	status int
	header http.Header
	body   []byte
}

// fetch gets a public document.
func (c *Client) fetch(ctx context.Context, url string) (response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return response{}, insecureEndpoint("url", url)
	}
	return c.send(req)
}

// send makes a request through the strict transport, and reads the response. With an error, the response holds what did
// arrive.
func (c *Client) send(req *http.Request) (response, error) {
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return response{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return response{display.Host(req.URL.String()), res.StatusCode, res.Header, body}, err
}

func (r response) ok() bool { return r.status >= 200 && r.status < 300 }

// json and html look at the body: what providers say in Content-Type is of no use.
func (r response) json() bool { return bytes.HasPrefix(bytes.TrimSpace(r.body), []byte("{")) }
func (r response) html() bool { return bytes.HasPrefix(bytes.TrimSpace(r.body), []byte("<")) }

// problem is an error as OAuth says it (RFC 6749 §5.2), fit for people. It is empty where the response holds none.
type problem struct{ code, description string }

// problem reads the error from the body or, of a refusal that has none there, from its challenge (RFC 6750 §3.1).
// Descriptions have been seen to repeat what was sent: the secrets of the request are taken out.
func (r response) problem(secrets ...secret.Text) problem {
	var said struct {
		Error       looseText `json:"error"`
		Description looseText `json:"error_description"`
	}
	if strictjson.Decode(r.body, maxBody, &said) != nil {
		said.Error, said.Description = "", ""
	}
	if said.Error == "" && !r.ok() {
		for _, c := range challenge.Parse(r.header.Values("WWW-Authenticate")) {
			if c.Params["error"] != "" {
				return newProblem(c.Params["error"], c.Params["error_description"], secrets...)
			}
		}
	}
	return newProblem(string(said.Error), string(said.Description), secrets...)
}

func newProblem(code, description string, secrets ...secret.Text) problem {
	return problem{without(secrets, code, 60), without(secrets, description, 200)}
}

// without cleans text for display, and takes the secrets out of it before as well as after: characters that cleaning
// removes could stand between those of a secret.
func without(secrets []secret.Text, text string, limit int) string {
	for _, length := range []int{maxBody, limit} {
		for _, s := range secrets {
			if !s.Empty() {
				text = strings.ReplaceAll(text, s.Reveal(), secret.Redacted)
			}
		}
		text = display.Clean(text, length)
	}
	return text
}

// retryLater returns why the same request may succeed later, or nil when the response is final.
func (r response) retryLater(p problem, now time.Time) error {
	switch {
	case p.code == "invalid_grant": // final whatever the status; some send it with a 5xx
		return nil
	case r.status == http.StatusTooManyRequests, p.code == "too_many_requests", p.code == "slow_down":
		return r.limited(p, now)
	case r.status == http.StatusNetworkAuthenticationRequired:
		return fault.New(fault.Portal, "host", r.host)
	case r.status == http.StatusProxyAuthRequired:
		return fault.New(fault.Offline, "host", r.host).Because(errors.New("the proxy wants a name and a password"))
	case r.status >= 500, r.status == http.StatusRequestTimeout, p.code == "server_error",
		p.code == "temporarily_unavailable":
		return r.trouble(now)
	}
	return nil
}

func (r response) trouble(now time.Time) error {
	f := fault.New(fault.ProviderTrouble, "host", r.host, "status", strconv.Itoa(r.status))
	if until, ok := NotBefore(r.header, now, maxPause); ok {
		return f.WithUntil(nextSecond(until))
	}
	return f
}

// limited tells a limit of requests from a quota of tokens: the first is over in a moment, the second perhaps not
// today. Auth0 sends `{"error":"too_many_requests","error_description":"Client quota exceeded"}` for the second.
func (r response) limited(p problem, now time.Time) error {
	reset, spent := usedUp(r.header)
	code, pause := fault.RateLimited, time.Minute
	if spent || strings.Contains(strings.ToLower(p.description), "quota") {
		code, pause = fault.QuotaExhausted, maxPause
	}
	until, ok := NotBefore(r.header, now, maxPause)
	switch {
	case reset > 0 && now.Add(reset).After(until):
		until = now.Add(reset)
	case !ok && reset == 0:
		until = now.Add(pause)
	}
	return fault.New(code, "host", r.host).WithUntil(nextSecond(until))
}

// maxPause bounds what a provider may ask for.
const maxPause = time.Hour
