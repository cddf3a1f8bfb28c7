package oauthflow

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"golang.org/x/oauth2"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// exchange trades the code for tokens (RFC 6749 §4.1.3). One request is made, whatever comes back: a code that was sent
// may have been used.
func (c *Client) exchange(ctx context.Context, a attempt, code secret.Text) (response, error) {
	t := &tokenTrip{client: c, resources: a.profile.Resource, refused: exchangeRefused}
	config := c.oauth2Config(a.profile, a.meta)
	config.RedirectURL = a.redirectURI // §4.1.3: "their values MUST be identical"
	_, err := config.Exchange(t.under(ctx), code.Reveal(), oauth2.VerifierOption(a.verifier.Reveal()))
	if err != nil {
		return response{}, fault.Of(err)
	}
	return t.got, nil
}

// oauth2Config says how the client proves who it is, so that x/oauth2 never tries: its trials send a code twice.
func (c *Client) oauth2Config(p profile.Profile, meta metadata) *oauth2.Config {
	style := oauth2.AuthStyleInParams
	if p.AuthMethod() == profile.AuthBasic {
		style = oauth2.AuthStyleInHeader
	}
	return &oauth2.Config{
		ClientID: p.ClientID,
		Endpoint: oauth2.Endpoint{TokenURL: meta.TokenEndpoint, AuthStyle: style},
	}
}

// tokenTrip is the transport of one token request. x/oauth2 builds the request; the trip adds what it cannot say, sends
// it through the door, and reads what comes back before x/oauth2 does. x/oauth2 accepts more than the RFCs do, loses a
// rotated refresh token on small faults, and repeats whole bodies in its errors; so it gets to see nothing but answers
// that passed, written anew, and errors that we made. What counts is got.
type tokenTrip struct {
	client    *Client
	resources []string
	keep      func(secret.Text)           // takes a refresh token before anything is judged; nil at a sign-in
	refused   func(answer, problem) error // what a final no means
	hidden    []secret.Text               // what must not come back in an error, beside what the form holds
	got       response
}

// under makes x/oauth2 use the trip.
func (t *tokenTrip) under(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: t, CheckRedirect: neverRedirect})
}

// RoundTrip implements http.RoundTripper for one request.
func (t *tokenTrip) RoundTrip(req *http.Request) (*http.Response, error) {
	form, err := readForm(req)
	if err != nil {
		return nil, fault.New(fault.Internal).Because(err)
	}
	if len(t.resources) > 0 {
		form["resource"] = t.resources // RFC 8707 §2.2: asked for again, or the token is for something else
	}
	posted := &trace{}
	res, err := t.client.door.RoundTrip(posted.on(withForm(req, form)))
	if err != nil {
		return nil, posted.lost(err)
	}
	a, err := receive(display.Host(req.URL.String()), res)
	if found := salvage(a); t.keep != nil && !found.Empty() {
		t.keep(found)
	}
	if err != nil {
		return nil, posted.lost(err)
	}
	if t.got, err = t.judge(a, form); err != nil {
		return nil, err
	}
	t.got.skew = a.skew(t.client.moment())
	t.got.quotas = quotasOf(a.header, t.client.moment())
	return t.got.canonical(req), nil
}

// judge tells tokens from refusals: by what the body says, not by the status, which some providers get wrong.
func (t *tokenTrip) judge(a answer, form url.Values) (response, error) {
	p := a.problem(append(secretsOf(form), t.hidden...)...)
	if err := a.notNow(p, t.client.moment()); err != nil {
		return response{}, err
	}
	if !a.ok() || p.code != "" {
		return response{}, t.refused(a, p)
	}
	return a.tokens()
}

// secretsOf are the values of a token request that must not come back in an error.
func secretsOf(form url.Values) []secret.Text {
	var all []secret.Text
	for _, name := range []string{"code", "code_verifier", "refresh_token", "client_secret"} {
		all = append(all, bothForms(secret.New(form.Get(name)))...)
	}
	return all
}

// bothForms are a secret as it is and as a form carries it: an answer may repeat either.
func bothForms(s secret.Text) []secret.Text {
	return []secret.Text{s, secret.New(url.QueryEscape(s.Reveal()))}
}

func readForm(req *http.Request) (url.Values, error) {
	defer func() { _ = req.Body.Close() }()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.New("the request is not a form") // ParseQuery's error would quote it
	}
	return form, nil
}

func withForm(req *http.Request, form url.Values) *http.Request {
	body := []byte(form.Encode())
	req = req.Clone(req.Context())
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.ContentLength = int64(len(body))
	return req
}

// canonical is the response as x/oauth2 may read it.
func (r response) canonical(req *http.Request) *http.Response {
	body, _ := json.Marshal(map[string]string{"access_token": r.access.Reveal(), "token_type": "Bearer"})
	return &http.Response{
		Status: strconv.Itoa(http.StatusOK), StatusCode: http.StatusOK,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:  http.Header{"Content-Type": {"application/json"}},
		Body:    io.NopCloser(bytes.NewReader(body)),
		Request: req,
	}
}
