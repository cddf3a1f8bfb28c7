package hostile

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// ClientID is the one client that the provider knows.
const ClientID = "keyfob-hostile"

// Canary is in every page, body and text of the provider that nobody should ever repeat.
const Canary = "kf-hostile-canary"

// The provider's endpoints.
const (
	DiscoveryPath     = "/.well-known/openid-configuration"
	KeysPath          = "/keys"
	AuthorizationPath = "/authorize"
	TokenPath         = "/token"
	RevocationPath    = "/revoke"
)

// Provider is one provider. Its methods may be called from any goroutine.
type Provider struct {
	Issuer    string // with a slash at its end
	Elsewhere string // another origin, also with a slash; what is asked there was lured there

	base    string // Issuer without the slash
	end     context.CancelFunc
	servers []*http.Server
	serving sync.WaitGroup

	mu       sync.Mutex
	now      trick
	requests []Request
	arrived  chan struct{} // closed, and another made, at each request
	lured    []Request
	secrets  []string
	codes    map[string]url.Values // unused codes, with the request that each answers
	tokens   map[string]*family    // all refresh tokens ever given
}

// Request is one request that arrived.
type Request struct {
	Method, Path string
	Header       http.Header
	Form         url.Values // of query and body
}

// Start serves until ctx ends or Close is called.
func Start(ctx context.Context) (*Provider, error) {
	ctx, end := context.WithCancel(ctx)
	p := &Provider{
		end: end, arrived: make(chan struct{}), codes: map[string]url.Values{}, tokens: map[string]*family{},
	}
	var err error
	if p.base, err = p.serve(ctx, p.serveProvider); err != nil {
		p.Close()
		return nil, err
	}
	other, err := p.serve(ctx, p.serveLured)
	if err != nil {
		p.Close()
		return nil, err
	}
	p.Issuer, p.Elsewhere = p.base+"/", other+"/"
	p.serving.Go(func() {
		<-ctx.Done()
		for _, s := range p.servers {
			_ = s.Close()
		}
	})
	return p, nil
}

func (p *Provider) serve(ctx context.Context, h http.HandlerFunc) (origin string, err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	p.servers = append(p.servers, s)
	p.serving.Go(func() { _ = s.Serve(l) }) // it ends with Close
	return "http://" + l.Addr().String(), nil
}

// Close takes the provider away, and returns when nothing of it runs any more.
func (p *Provider) Close() {
	p.end()
	for _, s := range p.servers {
		_ = s.Close()
	}
	p.serving.Wait()
}

// Requests are those that arrived for a path, in order; "" stands for all.
func (p *Provider) Requests(path string) []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.requests), func(r Request) bool { return path != "" && r.Path != path })
}

// Counts is how often each path was asked for.
func (p *Provider) Counts() map[string]int {
	n := map[string]int{}
	for _, r := range p.Requests("") {
		n[r.Path]++
	}
	return n
}

// Wait waits until a path was asked for.
func (p *Provider) Wait(ctx context.Context, path string) error {
	for {
		p.mu.Lock()
		next := p.arrived
		p.mu.Unlock()
		if p.Counts()[path] > 0 {
			return nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return fmt.Errorf("hostile: nobody asked for %s: %w", path, ctx.Err())
		}
	}
}

// Lured are the requests that arrived elsewhere.
func (p *Provider) Lured() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.lured)
}

// Secrets are all codes, tokens and verifiers that the provider has made or seen so far.
func (p *Provider) Secrets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.secrets)
}

// Profile is the profile file that an integrator would hand out for this provider. Any loopback port will do.
func (p *Provider) Profile(id string) []byte {
	file, err := json.MarshalIndent(map[string]any{
		"keyfob_profile": 1, "id": id, "client_name": "Hostile " + id, "issuer": p.Issuer, "client_id": ClientID,
		"redirect_uris": []string{"http://127.0.0.1/callback"},
	}, "", "  ")
	if err != nil {
		panic(err) // a map of strings
	}
	return append(file, '\n')
}

// serveProvider is the provider, with whatever is wrong with it now.
func (p *Provider) serveProvider(w http.ResponseWriter, r *http.Request) {
	asked := read(r)
	p.mu.Lock()
	p.requests = append(p.requests, asked)
	close(p.arrived)
	p.arrived = make(chan struct{})
	p.secrets = append(p.secrets, asked.Form["code_verifier"]...)
	wrong := p.now
	p.mu.Unlock()
	if wrong.respond != nil && wrong.at == asked.Path {
		wrong.respond(p, w, r)
		return
	}
	p.route(w, asked, wrong)
}

// serveLured does everything right: whoever is lured notices nothing, and only what is remembered tells.
func (p *Provider) serveLured(w http.ResponseWriter, r *http.Request) {
	asked := read(r)
	p.mu.Lock()
	p.lured = append(p.lured, asked)
	p.mu.Unlock()
	p.route(w, asked, trick{})
}

func read(r *http.Request) Request {
	_ = r.ParseForm() // a form that cannot be read is empty
	return Request{r.Method, r.URL.Path, r.Header.Clone(), maps.Clone(r.Form)}
}

func (p *Provider) route(w http.ResponseWriter, asked Request, wrong trick) {
	switch asked.Path {
	case DiscoveryPath:
		p.describe(w, wrong)
	case KeysPath:
		p.publish(w, wrong)
	case AuthorizationPath:
		p.authorize(w, asked.Form, wrong)
	case TokenPath:
		p.token(w, asked.Form, wrong)
	case RevocationPath:
		p.revoke(asked.Form.Get("token"))
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (p *Provider) describe(w http.ResponseWriter, wrong trick) {
	m := p.metadata()
	if wrong.describe != nil {
		wrong.describe(p, m)
	}
	reply(w, http.StatusOK, m)
}

func (p *Provider) metadata() map[string]any {
	return map[string]any{
		"issuer":                                         p.Issuer,
		"authorization_endpoint":                         p.base + AuthorizationPath,
		"token_endpoint":                                 p.base + TokenPath,
		"revocation_endpoint":                            p.base + RevocationPath,
		"jwks_uri":                                       p.base + KeysPath,
		"response_types_supported":                       []string{"code"},
		"subject_types_supported":                        []string{"public"},
		"code_challenge_methods_supported":               []string{"S256"},
		"id_token_signing_alg_values_supported":          []string{"RS256"},
		"token_endpoint_auth_methods_supported":          []string{"none"},
		"authorization_response_iss_parameter_supported": true,
	}
}

func reply(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of plain values
	}
	send(w, status, "application/json", body)
}

func send(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever has left misses it
}
