//go:build linux

package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// The one client that a provider knows, and the API that its tokens are for.
const (
	ClientID = "keyfob-e2e"
	Audience = "https://api.example.com"
)

// Shape of a provider.
type Shape string

// The two shapes.
const (
	Plain Shape = "plain" // what RFC 8252 wishes for: a native client may come back on any loopback port
	Auth0 Shape = "auth0" // Auth0's paths, strictness and status codes
)

// Provider is a real OpenID provider, and what only it can know.
type Provider struct {
	Issuer    string   `json:"issuer"`
	Admin     string   `json:"admin"`
	Redirects []string `json:"-"` // the callback URLs that are registered

	process *Process
	stdin   io.Closer
}

// Counters is what the provider was asked so far.
type Counters struct {
	Requests map[string]int `json:"requests"` // by route: "discovery", "jwks", "token", "revocation", …
	Token    map[string]struct {
		OK      int `json:"ok"`
		Refused int `json:"refused"`
	} `json:"token_requests"` // by grant type
	PerCode int `json:"most_requests_per_code"`
}

// Grant is what one person allowed one client.
type Grant struct {
	Account           string `json:"account"`
	ClientID          string `json:"client_id"`
	LiveRefreshTokens int    `json:"live_refresh_tokens"`
}

// ProviderOptions change a provider's defaults.
type ProviderOptions struct {
	AccessTTL int // seconds; 0 is a day
}

// StartProvider starts a provider on a free port. It ends with the stage.
func (s *Stage) StartProvider(ctx context.Context, shape Shape, o ProviderOptions) (*Provider, error) {
	folder, err := providerFolder()
	if err != nil {
		return nil, err
	}
	node, err := findNode(folder)
	if err != nil {
		return nil, err
	}
	p := &Provider{}
	if p.Redirects, err = callbacks(shape); err != nil {
		return nil, err
	}
	args := []string{
		filepath.Join(folder, "server.mjs"), string(shape), "--client-id", ClientID, "--audience", Audience,
	}
	for _, uri := range p.Redirects {
		args = append(args, "--redirect", uri)
	}
	if o.AccessTTL > 0 {
		args = append(args, "--access-ttl", strconv.Itoa(o.AccessTTL))
	}
	if err := p.start(ctx, s, exec.CommandContext(ctx, node, args...)); err != nil {
		return nil, fmt.Errorf("provider: %w", err)
	}
	return p, nil
}

func (p *Provider) start(ctx context.Context, s *Stage, cmd *exec.Cmd) error {
	// An os.Pipe instead of cmd.StdoutPipe: waiting for the process must not close it under the reader.
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	cmd.Stdout = w
	p.process, err = s.start(cmd)
	_ = w.Close()
	if err != nil {
		return err
	}
	p.stdin = stdin
	ready, err := line(ctx, r, p.process)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(ready), p)
}

// Stop takes the provider away, as when the network is gone.
func (p *Provider) Stop(ctx context.Context) error {
	if err := p.stdin.Close(); err != nil {
		return err
	}
	return p.process.Wait(ctx)
}

// Profile is the profile file that an integrator would hand out for this provider.
func (p *Provider) Profile(id string) []byte {
	file := map[string]any{
		"keyfob_profile": 1, "id": id, "client_name": "Acme " + id, "issuer": p.Issuer, "client_id": ClientID,
		"redirect_uris": p.Redirects, "contacts": []string{"help@acme.example"},
		"api": map[string]any{"base_urls": []string{Audience}},
	}
	if p.Issuer[len(p.Issuer)-1] == '/' { // the shape of Auth0
		file["audience"], file["provider"] = Audience, "auth0"
	} else {
		file["authorization_params"] = map[string]string{"prompt": "consent"} // its condition for a refresh token
	}
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		panic(err) // a map of strings
	}
	return append(data, '\n')
}

// Counters asks the provider what it was asked.
func (p *Provider) Counters(ctx context.Context) (Counters, error) {
	var c Counters
	return c, p.admin(ctx, http.MethodGet, "/counters", "", &c)
}

// NextRefresh returns when the provider has answered a refresh the next time.
func (p *Provider) NextRefresh(ctx context.Context) error {
	return p.admin(ctx, http.MethodGet, "/next-refresh", "", &struct{}{})
}

// HoldRefresh has the provider withhold its answer to the next refresh until Release, or for as long as most: the old
// refresh token is spent then, and nobody has the new one.
func (p *Provider) HoldRefresh(ctx context.Context, most time.Duration) error {
	return p.admin(ctx, http.MethodPost, "/hold-refresh", strconv.FormatInt(most.Milliseconds(), 10), &struct{}{})
}

// Held returns when the provider withholds an answer.
func (p *Provider) Held(ctx context.Context) error {
	return p.admin(ctx, http.MethodGet, "/held", "", &struct{}{})
}

// Release ends what HoldRefresh began.
func (p *Provider) Release(ctx context.Context) error {
	return p.admin(ctx, http.MethodPost, "/release", "", &struct{}{})
}

// Grants lists who allowed what.
func (p *Provider) Grants(ctx context.Context) ([]Grant, error) {
	var g []Grant
	return g, p.admin(ctx, http.MethodGet, "/grants", "", &g)
}

// RefreshToken says what became of a refresh token: "live", "used" (rotated away) or "gone" (revoked).
func (p *Provider) RefreshToken(ctx context.Context, token string) (string, error) {
	var state string
	return state, p.admin(ctx, http.MethodPost, "/refresh-token", token, &state)
}

func (p *Provider) admin(ctx context.Context, method, path, body string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, p.Admin+path, bytes.NewBufferString(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("provider's admin port: %s", resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(answer)
}

// callbacks are the URLs to register: three free ports where each must be registered, none where any will do.
func callbacks(shape Shape) ([]string, error) {
	if shape == Plain {
		return []string{"http://127.0.0.1/callback"}, nil
	}
	var uris []string
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all three at the end, so that they differ
		uris = append(uris, "http://"+l.Addr().String()+"/callback")
	}
	return uris, nil
}

// providerFolder is the project's e2e/provider, seen from a folder of the project. (runtime.Caller would know it, but
// not in a program that is built with -trimpath.)
func providerFolder() (string, error) {
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		folder := filepath.Join(dir, "e2e", "provider")
		if _, err := os.Stat(filepath.Join(folder, "server.mjs")); err == nil {
			return folder, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("%s is not in Keyfob's source", here)
		}
	}
}

// findNode prefers the Node that tools/setup.sh fetched because the machine's is missing or too old.
func findNode(folder string) (string, error) {
	modules := filepath.Join(folder, "node_modules")
	if own, _ := filepath.Glob(filepath.Join(modules, "node-linux-*/bin/node")); len(own) > 0 {
		return own[0], nil
	}
	if _, err := os.Stat(filepath.Join(modules, "oidc-provider")); err != nil {
		return "", fmt.Errorf("the OpenID provider is not installed: run tools/setup.sh test: %w", err)
	}
	return need("node")
}
