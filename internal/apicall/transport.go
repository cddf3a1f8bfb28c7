package apicall

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/ratelimit"
	"keyfob/oauthflow"
)

// minValidity is how long a token must be good for when a request goes out.
const minValidity = 20 * time.Second

// All requests to an API share a connection of HTTP/2. It may have died while the laptop slept, and the system takes a
// quarter of an hour to see that: where nothing has come for silence, the API is asked for a sign of life.
const (
	silence  = 30 * time.Second
	pingTime = 15 * time.Second // for the sign to come
)

// Transport sends requests with an account's credential. It may be used by many goroutines; its fields do not change
// meanwhile.
type Transport struct {
	Profile     profile.Profile
	Credentials Credentials
	Base        http.RoundTripper // does not follow redirects, and decompresses what it asked to have compressed
	// Patience is the longest that a request waits when the API says "not now", and is repeated then; only one that
	// cannot change anything is (RFC 9110 §9.2.1). 0: none waits.
	Patience time.Duration
	// Waits, where it is set, is told what a request waits for, whenever that changes.
	Waits func(account.Wait)

	line ratelimit.Limiter // for as many requests a second as the profile allows

	mu       sync.Mutex
	hopeless Credential // the last one that was refused when it had just been renewed
}

// NewBase is a Base for any number of requests side by side: by HTTP/2 where the API offers it.
func NewBase() *http.Transport {
	base := oauthflow.NewTransport()
	base.Protocols.SetHTTP2(true)
	base.HTTP2 = &http.HTTP2Config{SendPingTimeout: silence, PingTimeout: pingTime}
	base.MaxIdleConns, base.MaxIdleConnsPerHost = 0, 64
	return base
}

// RoundTrip is Do for those that look at the response themselves.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.Do(req)
	return res.Response, err
}

// Response is what an API answered, and what that means.
type Response struct {
	*http.Response

	// Problem says in Keyfob's terms what a refusal means: fault.APIUnauthorized, APIForbidden, APILimited, APIRefused or
	// ProviderTrouble, or why no better token could be had. It is nil where the request was served.
	Problem error
}

// Do sends a request. The credential takes the place of whatever Authorization the request has. The response is the
// API's own in any case, but for the token.
//
// The error is fault.APIElsewhere where the URL is not the API's, before anything is sent or asked; what Credentials
// say; fault.Offline, TLSFailure, or APIUnanswered where the API may have acted; or the context's own.
func (t *Transport) Do(req *http.Request) (Response, error) {
	c, err := t.admit(req)
	if err != nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return Response{}, err
	}
	if c.body != nil {
		defer c.body.settle()
	}
	res, err := c.once() //nolint:bodyclose // the caller's
	if err != nil {
		return Response{}, err
	}
	switch res.StatusCode {
	case http.StatusUnauthorized:
		return c.unauthorized(res)
	case http.StatusTooManyRequests:
		return c.limited(res)
	}
	return Response{res, c.problem(res)}, nil
}

// call is one request on its way.
type call struct {
	*Transport

	req  *http.Request // the caller's, which stays as it is
	url  *url.URL      // as it was judged
	body *replay       // nil: none

	credential Credential
}

// admit makes a call of a request that may have a token. What is judged is what is sent: the URL as it is written out,
// and no other host's name.
func (t *Transport) admit(req *http.Request) (*call, error) {
	written := req.URL.String()
	u, err := url.Parse(written)
	if err != nil {
		return nil, elsewhere(t.Profile, display.Host(written))
	}
	if !t.Profile.Receives(written) {
		return nil, elsewhere(t.Profile, display.Host(written)+u.EscapedPath()) // a query may be nobody's business
	}
	c := &call{Transport: t, req: req, url: u}
	if err := c.throttle(); err != nil {
		return nil, err
	}
	c.waits(account.Wait{For: account.WaitToken})
	if c.credential, err = t.Credentials.Credential(req.Context(), minValidity); err != nil {
		return nil, err
	}
	if req.Body != nil && req.Body != http.NoBody {
		c.body = &replay{src: req.Body}
	}
	return c, nil
}

// throttle waits until the profile's rate allows the request. It comes before a token is taken, which would age
// meanwhile.
func (c *call) throttle() error {
	rate := c.Profile.MaxRequestsPerSecond
	if rate > 0 {
		c.waits(account.Wait{For: account.WaitTurn, Rate: rate})
	}
	return c.line.Wait(c.req.Context(), rate)
}

func (c *call) waits(w account.Wait) {
	if c.Waits != nil {
		c.Waits(w)
	}
}

// host is the API's, for people.
func (c *call) host() string { return display.Host(c.url.String()) }

// once sends the request with the credential in hand.
func (c *call) once() (*http.Response, error) {
	c.waits(account.Wait{For: account.WaitAnswer, Host: c.host()})
	ctx, cancel := context.WithCancel(c.req.Context())
	sent := &delivery{cancel: cancel, safe: safe(c.req.Method)}
	req, err := c.outgoing(sent.trace(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	res, err := c.Base.RoundTrip(req)
	if err == nil && res.StatusCode == http.StatusSwitchingProtocols {
		res.Body.Close()
		err = errors.New("the answer is in another protocol")
	}
	if err != nil {
		cancel()
		return nil, c.lost(err, sent.arrived.Load())
	}
	c.credential.Redact(res)
	res.Body = &cancelOnClose{res.Body, cancel}
	return res, nil
}

// outgoing is the request as it is sent. A body that went out already is begun anew.
func (c *call) outgoing(ctx context.Context) (*http.Request, error) {
	req := c.req.WithContext(ctx)
	req.URL, req.Host = c.url, ""
	req.Header = make(http.Header, len(c.req.Header)+1)
	maps.Copy(req.Header, c.req.Header)
	delete(req.Header, "Authorization")
	delete(req.Header, "Accept-Encoding") // the transport's own, so that what comes can be looked into
	if c.body != nil {
		req.Body, req.GetBody = c.body.begin(), c.body.again
	}
	return req, c.credential.Authorize(req)
}

// safe tells methods that change nothing (RFC 9110 §9.2.1).
func safe(method string) bool {
	return method == "" || method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// lost says what became of a request without a response.
func (c *call) lost(err error, arrived bool) error {
	if ctx := c.req.Context(); ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errBody) {
		return fault.New(fault.BadUsage).WithReason(fault.APIBody)
	}
	err = oauthflow.Unreachable(c.host(), err)
	if arrived && fault.CodeOf(err) == fault.Offline {
		return fault.New(fault.APIUnanswered, "host", c.host()).Because(errors.Unwrap(err))
	}
	return err
}

// discard ends a response that nobody gets. A short one is read to its end, so that the connection can be kept.
func discard(res *http.Response) {
	_, _ = io.CopyN(io.Discard, res.Body, peekBytes)
	res.Body.Close()
}
