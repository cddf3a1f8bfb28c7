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

// answer is a response whose body has been read.
type answer struct {
	host   string
	status int
	header http.Header
	body   []byte
}

// receive reads a response that came through the door. With an error, the answer holds what did arrive.
func receive(host string, res *http.Response) (answer, error) {
	body, err := io.ReadAll(res.Body)
	return answer{host, res.StatusCode, res.Header, body}, err
}

// fetch gets a public document.
func (c *Client) fetch(ctx context.Context, url string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}, insecureEndpoint("url", url)
	}
	return c.send(req)
}

func (c *Client) send(req *http.Request) (answer, error) {
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, fault.Of(err) // without the url.Error around it
	}
	defer func() { _ = res.Body.Close() }()
	a, err := receive(display.Host(req.URL.String()), res)
	if err != nil {
		return answer{}, fault.Of(err)
	}
	return a, nil
}

func (a answer) ok() bool { return a.status >= 200 && a.status < 300 }

// json and html look at the body: what providers say in Content-Type is of no use.
func (a answer) json() bool { return bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("{")) }
func (a answer) html() bool { return bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<")) }

// problem is an error as OAuth says it (RFC 6749 §5.2), fit for people. It is empty where the answer holds none.
type problem struct{ code, reason string }

// problem reads the error from the body or, of a refusal that has none there, from its challenge (RFC 6750 §3.1).
// Descriptions have been seen to repeat what was sent: the secrets of the request are taken out.
func (a answer) problem(secrets ...secret.Text) problem {
	var said struct {
		Error       looseText `json:"error"`
		Description looseText `json:"error_description"`
	}
	if strictjson.Decode(a.body, maxBody, &said) != nil {
		said.Error, said.Description = "", ""
	}
	if said.Error == "" && !a.ok() {
		for _, c := range challenge.Parse(a.header.Values("WWW-Authenticate")) {
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

// notNow returns why the same request may succeed later, or nil when the answer is final.
func (a answer) notNow(p problem, now time.Time) error {
	switch {
	case p.code == "invalid_grant": // final whatever the status; some send it with a 5xx
		return nil
	case a.status == http.StatusTooManyRequests, p.code == "too_many_requests", p.code == "slow_down":
		return a.limited(p, now)
	case a.status == http.StatusNetworkAuthenticationRequired:
		return fault.New(fault.Portal, "host", a.host)
	case a.status == http.StatusProxyAuthRequired:
		return fault.New(fault.Offline, "host", a.host).Because(errors.New("the proxy wants a name and a password"))
	case a.status >= 500, a.status == http.StatusRequestTimeout, p.code == "server_error",
		p.code == "temporarily_unavailable":
		return a.trouble(now)
	}
	return nil
}

func (a answer) trouble(now time.Time) *fault.Error {
	f := fault.New(fault.ProviderTrouble, "host", a.host, "status", strconv.Itoa(a.status))
	if until, ok := NotBefore(a.header, now, maxPause); ok {
		return f.WithUntil(wholeSecond(until))
	}
	return f
}

// limited tells a limit of requests from a quota of tokens: the first is over in a moment, the second perhaps not
// today. Auth0 sends `{"error":"too_many_requests","error_description":"Client quota exceeded"}` for the second.
func (a answer) limited(p problem, now time.Time) *fault.Error {
	reset, spent := usedUp(a.header)
	code, pause := fault.RateLimited, time.Minute
	if spent || strings.Contains(strings.ToLower(p.reason), "quota") {
		code, pause = fault.QuotaExhausted, maxPause
	}
	until, ok := NotBefore(a.header, now, maxPause)
	switch {
	case reset > 0 && now.Add(reset).After(until):
		until = now.Add(reset)
	case !ok && reset == 0:
		until = now.Add(pause)
	}
	return fault.New(code, "host", a.host).WithUntil(wholeSecond(until))
}

// maxPause bounds what a provider may ask for.
const maxPause = time.Hour
