package oauthflow

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
)

// tokenRequest is a form for the token endpoint (RFC 6749 §3.2) or for the revocation endpoint, which is asked in the
// same way (RFC 7009 §2.1). Each grant fills in one.
//
// golang.org/x/oauth2 does not send it. Its token requests end in a parser that accepts more than the RFCs do, loses a
// rotated refresh token on small faults, and repeats whole bodies in its errors; and it cannot send the parameters of
// RFC 8707 for a refresh.
type tokenRequest struct {
	endpoint string
	client   clientAuth
	form     url.Values // grant_type, and what the grant adds

	// received sees the response before it is judged, as far as it arrived. nil: nobody does.
	received func(response)
	// refused says what a final refusal means for this grant.
	refused func(response, problem) error
}

// requestTokens posts a form to the token endpoint, and reads the tokens in the response (RFC 6749 §5.1).
func (c *Client) requestTokens(ctx context.Context, t tokenRequest) (tokenResponse, error) {
	r, err := c.post(ctx, t)
	if err != nil {
		return tokenResponse{}, err
	}
	tokens, err := r.tokens()
	if err != nil {
		return tokenResponse{}, err
	}
	tokens.skew = r.skew(c.wallTime())
	tokens.quotas = quotasOf(r.header, c.wallTime())
	return tokens, nil
}

// post sends a form, and judges the response: by what its body says, not by its status, which some providers get wrong.
// The response is returned where it is no refusal. One request is made, whatever comes back: what was sent may have
// been used up by it.
func (c *Client) post(ctx context.Context, t tokenRequest) (response, error) {
	req, err := t.build(ctx)
	if err != nil {
		return response{}, fault.New(fault.Internal).Because(err)
	}
	sent := &trace{}
	r, err := c.send(sent.on(req))
	if t.received != nil {
		t.received(r)
	}
	if err != nil {
		return response{}, sent.lost(err)
	}
	said := r.problem(t.secrets()...)
	if err := r.retryLater(said, c.wallTime()); err != nil {
		return response{}, err
	}
	if !r.ok() || said.code != "" {
		return response{}, t.refused(r, said)
	}
	return r, nil
}

// build makes the request. The client's authentication may add to its header and to its form.
func (t tokenRequest) build(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.endpoint, nil)
	if err != nil {
		return nil, err
	}
	t.client.authenticate(req.Header, t.form)
	body := t.form.Encode()
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Body, req.ContentLength = newBody(body), int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return newBody(body), nil }
	return req, nil
}

func newBody(form string) io.ReadCloser { return io.NopCloser(strings.NewReader(form)) }

// secrets are what must not come back in an error, each as it is and as a form carries it: a response may repeat
// either.
func (t tokenRequest) secrets() []secret.Text {
	all := t.client.secrets()
	for _, name := range []string{"code", "code_verifier", "refresh_token", "token"} {
		all = append(all, secret.New(t.form.Get(name)))
	}
	for _, s := range all {
		all = append(all, secret.New(url.QueryEscape(s.Reveal())))
	}
	return all
}

// clientRefused tells errors about the client, which an integrator must mend, from errors about the person. Auth0 says
// access_denied with a 401 where the application still wants a secret.
func clientRefused(code string) bool {
	return code == "invalid_client" || code == "unauthorized_client"
}
