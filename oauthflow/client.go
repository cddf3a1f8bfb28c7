package oauthflow

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// Options of a Client. The zero value is what the programs use.
type Options struct {
	Log       *slog.Logger      // nil: silence
	Transport http.RoundTripper // beneath all checks; nil: TLS 1.2 or later, proxies from the environment
	Now       func() time.Time  // nil: time.Now
}

// Client speaks the protocol. It is safe for use by several goroutines. It starts none that outlive a call.
type Client struct {
	log   *slog.Logger
	now   func() time.Time
	after func(time.Duration) <-chan time.Time
	base  http.RoundTripper

	transport strictTransport

	mu    sync.Mutex
	metas map[metadataKey]*cached[metadata]
	keys  map[string]*cached[[]jose.JSONWebKey] // by jwks_uri
}

// New makes a Client.
func New(o Options) *Client {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Transport == nil {
		o.Transport = NewTransport()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Client{
		log:       o.Log,
		now:       o.Now,
		after:     time.After,
		base:      o.Transport,
		transport: strictTransport{o.Transport, &rateLimits{providers: make(map[string]*providerLimit)}},
		metas:     make(map[metadataKey]*cached[metadata]),
		keys:      make(map[string]*cached[[]jose.JSONWebKey]),
	}
}

// What a provider publishes is used for a day. Prepare renews it at half that age: where Prepare is called now and
// then, no person waits for it.
const (
	usable = 24 * time.Hour
	fresh  = usable / 2
)

// Prepare fetches what a sign-in with p will need (metadata, signing keys), unless the copies at hand are fresh. After
// it SignIn makes no request before the browser opens, and one request, for the token, after the browser comes back.
func (c *Client) Prepare(ctx context.Context, p profile.Profile) error {
	_, err := c.provider(limited(ctx, p), p, fresh)
	return err
}

// Discover does the first half of Prepare: it fetches what p's provider says of itself. It returns where the keys are
// that the second half fetches; "" where there will be no ID token, or nothing to check it by.
func (c *Client) Discover(ctx context.Context, p profile.Profile) (jwksURI string, err error) {
	meta, err := c.metadata(limited(ctx, p), p, fresh)
	if err != nil || !asksForIDToken(p) || !meta.verifiesIDTokens() {
		return "", err
	}
	return meta.JWKSURI, nil
}

// CloseIdle closes connections that wait for reuse. After the machine has slept they are dead without knowing it.
func (c *Client) CloseIdle() {
	(&http.Client{Transport: c.base}).CloseIdleConnections()
}

// provider returns p's metadata, and sees to it that the keys for its ID tokens are at hand as well.
func (c *Client) provider(ctx context.Context, p profile.Profile, maxAge time.Duration) (metadata, error) {
	meta, err := c.metadata(ctx, p, maxAge)
	if err != nil {
		return metadata{}, err
	}
	if asksForIDToken(p) && meta.verifiesIDTokens() {
		if _, err := c.signingKeys(meta.JWKSURI).get(ctx, maxAge); err != nil {
			return metadata{}, err
		}
	}
	return meta, nil
}

// asksForIDToken tells whether p asks who the person is. OpenID Connect Core §3.1.2.1: "If the openid scope value is
// not present, the behavior is entirely unspecified."
func asksForIDToken(p profile.Profile) bool { return slices.Contains(p.Scopes(), "openid") }

// wallTime is now by the wall clock. Expiries are compared across the sleep of a machine, during which the monotonic
// clock stands still.
func (c *Client) wallTime() time.Time { return c.now().Round(0) }

// cancelled is the error of a caller whose context ended while it waited.
func cancelled(ctx context.Context, host string) error {
	return fault.New(fault.Offline, "host", host).Because(context.Cause(ctx))
}
