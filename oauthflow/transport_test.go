package oauthflow

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/version"
)

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func httpsProfile() profile.Profile {
	return profile.Profile{ID: "acme", Issuer: "https://login.acme.example/", ClientID: "client-1"}
}

// Item 24: every request has its deadline, on any transport.
func TestC24A24Deadlines(t *testing.T) {
	silent := roundTrip(func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	dripping := roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Body: drip{r.Context()}}, nil
	})
	for what, transport := range map[string]http.RoundTripper{"silent": silent, "dripping": dripping} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := New(Options{Transport: transport})
				start := time.Now()
				wantFault(t, c.Prepare(t.Context(), httpsProfile()), fault.Offline)
				if took := time.Since(start); took != discoveryTime {
					t.Errorf("metadata took %v", took)
				}
				start = time.Now()
				prof := httpsProfile()
				prof.Issuer, prof.Scope = "", "a"
				prof.AuthorizationEndpoint, prof.TokenEndpoint = "https://a.example/a", "https://a.example/t"
				g := Grant{Refresh: random(), TokenEndpoint: prof.TokenEndpoint}
				_, err := c.Refresh(t.Context(), prof, g, keepNothing)
				f := wantFault(t, err, fault.Offline)
				if took := time.Since(start); took != requestTime || f.Detail != "no answer in time" {
					t.Errorf("a token took %v: %v", took, f)
				}
			})
		})
	}
	used := NewTransport()
	tlsFrom := used.TLSClientConfig.MinVersion
	if used.TLSHandshakeTimeout != connectTime || tlsFrom != tls.VersionTLS12 || used.Proxy == nil {
		t.Error("the real transport has lost its limits")
	}
}

// drip is a body that comes a byte a second, for ever.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		p[0] = ' '
		return 1, nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

func (d drip) Close() error { return nil }

// Item 24: a body counts after decompression.
func TestC24A24ACompressedBombIsCut(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = io.CopyN(z, zeros{}, 8<<20)
	_ = z.Close()
	p := newProvider(t)
	p.answer = func(w http.ResponseWriter, r *http.Request) bool {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
		return true
	}
	c := newClient(t, p)
	a, err := c.fetch(t.Context(), p.server.URL)
	if err != nil || len(a.body) != maxBody+1 {
		t.Errorf("%d bytes, %v", len(a.body), err)
	}
	wantFault(t, c.Prepare(t.Context(), p.profile()), fault.DiscoveryInvalid)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// A20: whoever asks, and whatever was checked before.
func TestA20TheDoorLetsOnlySecureRequestsOut(t *testing.T) {
	asked := 0
	d := strictTransport{base: roundTrip(func(r *http.Request) (*http.Response, error) {
		asked++
		if got := r.Header.Get("User-Agent"); got != "Keyfob/"+version.Version {
			t.Errorf("User-Agent is %q", got)
		}
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})}
	for address, ok := range map[string]bool{
		"https://a.example/": true, "http://127.0.0.1:1/": true, "http://a.example/": false, "ftp://a.example/": false,
		"https://:443/": false, "http://localhost.a.example/": false,
	} {
		req, _ := http.NewRequest(http.MethodGet, address, nil)
		asked = 0
		_, err := d.RoundTrip(req)
		if ok != (err == nil) || ok != (asked == 1) {
			t.Errorf("%s: asked %d times, %v", address, asked, err)
		}
	}
}

// What breaks is named, and a transport's text that may quote what came is not passed on.
func TestUnreachable(t *testing.T) {
	tlsServer := httptest.NewTLSServer(http.NotFoundHandler())
	defer tlsServer.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	liar, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = liar.Close() }()
	go func() {
		for {
			conn, err := liar.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "secret-refresh-token is no HTTP\r\n\r\n")
			_ = conn.Close()
		}
	}()
	c := New(Options{})
	defer c.CloseIdle()
	for _, tt := range []struct {
		address string
		want    fault.Code
		detail  string
	}{
		{tlsServer.URL, fault.TLSFailure, "signed by somebody"},
		{strings.Replace(plain.URL, "http:", "https:", 1), fault.TLSFailure, "does not speak TLS"},
		{"http://" + liar.Addr().String(), fault.Offline, "the connection broke"},
		{"http://127.0.0.1:" + freePort(), fault.Offline, "connection refused"},
	} {
		_, err := c.fetch(t.Context(), tt.address)
		f := wantFault(t, err, tt.want)
		if !strings.Contains(f.Detail, tt.detail) || strings.Contains(f.Detail, "secret") || f.Args["host"] == "" {
			t.Errorf("%s: %v", tt.address, f)
		}
	}
	for cause, want := range map[error]fault.Code{
		&net.DNSError{Err: "no such host", Name: "a", IsNotFound: true}: fault.Offline,
		&net.OpError{Op: "remote error", Err: errors.New("tls: alert")}: fault.TLSFailure,
		io.EOF:           fault.Offline,
		context.Canceled: fault.Offline,
	} {
		if f := fault.Of(Unreachable("h", cause)); f.Code != want || f.Detail == "" {
			t.Errorf("%v: %v", cause, f)
		}
	}
	for cause, want := range map[error]string{
		x509.HostnameError{Host: "h"}:                                   "another name",
		x509.CertificateInvalidError{Reason: x509.Expired}:              "expired",
		x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}: "not valid",
	} {
		f := fault.Of(Unreachable("h", &tls.CertificateVerificationError{Err: cause}))
		if f.Code != fault.TLSFailure || !strings.Contains(f.Detail, want) {
			t.Errorf("%T: %v", cause, f)
		}
	}
	if !errors.Is(Unreachable("h", context.Canceled), context.Canceled) {
		t.Error("a caller cannot tell that it was itself who went away")
	}
}

func TestAProxyThatSaysNoIsNamed(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer proxy.Close()
	transport := NewTransport()
	transport.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	c := New(Options{Transport: transport})
	defer c.CloseIdle()
	f := wantFault(t, c.Prepare(t.Context(), httpsProfile()), fault.Offline)
	contains(t, f.Detail, "the proxy 127.0.0.1:", "407")
}

// A21: wherever a response points, nothing follows it: not to another host, not on the same one, with no status and no
// header that a browser would follow.
func TestA21NothingFollowsARedirect(t *testing.T) {
	for _, path := range []string{"/.well-known/openid-configuration", "/keys", "/oauth/token", "/oauth/revoke"} {
		for _, status := range []int{300, 301, 302, 303, 304, 305, 307, 308, 399, 200, 201, 401, 503} {
			for _, elsewhere := range []bool{true, false} {
				p, target := newProvider(t), newProvider(t)
				to := "/elsewhere"
				if elsewhere {
					to = target.server.URL + path
				}
				c := newClient(t, p)
				g := grantOf(signedInStory(t, c, p.profile()).tokens)
				p.answer = redirectAt(path, status, to)
				c = newClient(t, p)
				_, err := c.Refresh(t.Context(), p.profile(), g, keepNothing)
				if path == "/oauth/revoke" {
					err = c.Revoke(t.Context(), p.profile(), g.Refresh)
				}
				if status >= 300 && status <= 399 {
					wantFault(t, err, fault.RedirectRefused)
				}
				if target.count("") != 0 || p.count("/elsewhere") != 0 || p.count(path) > 2 {
					t.Errorf("%s %d to %s: the target was asked", path, status, to)
				}
			}
		}
	}
}

func redirectAt(path string, status int, to string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != path {
			return false
		}
		w.Header().Set("Location", to)
		w.Header().Set("Content-Location", to)
		w.Header().Set("Refresh", "0; url="+to)
		w.Header().Set("Link", "<"+to+">; rel=alternate")
		w.Header().Set("Alt-Svc", `http/1.1="`+strings.TrimPrefix(to, "http://")+`"`)
		reply(w, status, map[string]any{"access_token": "a", "token_type": "Bearer"})
		return true
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	for version, ok := range map[uint16]bool{
		tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true,
	} {
		c, server := overTLS(t, &tls.Config{MinVersion: version, MaxVersion: version})
		_, err := c.fetch(t.Context(), server.URL)
		if ok && err != nil {
			t.Errorf("%s: %v", tls.VersionName(version), err)
		}
		if !ok {
			wantFault(t, err, fault.TLSFailure)
		}
	}
}

// A66: nobody writes down what would open recorded connections.
func TestA66SSLKeyLogFileIsNotWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	t.Setenv("SSLKEYLOGFILE", file)
	c, server := overTLS(t, nil)
	if _, err := c.fetch(t.Context(), server.URL); err != nil {
		t.Fatal(err)
	}
	if NewTransport().TLSClientConfig.KeyLogWriter != nil {
		t.Error("the transport logs keys")
	}
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is there: %v", err)
	}
}

// overTLS is a client with the real transport that trusts a server with these settings.
func overTLS(t *testing.T, settings *tls.Config) (*Client, *httptest.Server) {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "{}")
	}))
	server.TLS = settings
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	transport := NewTransport()
	transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	c := New(Options{Transport: transport})
	t.Cleanup(c.CloseIdle)
	return c, server
}

// The environment is read once in a process, so another one is asked. Its name and password go to the proxy, and
// nowhere else; what is on this machine goes to no proxy, however it is spelled.
func TestProxyFromTheEnvironment(t *testing.T) {
	var asked []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	withPassword := strings.Replace(proxy.URL, "http://", "http://jane:canary@", 1)
	child := exec.Command(os.Args[0], "-test.run=^TestProxyChild$", "-test.v")
	child.Env = append(os.Environ(), "KEYFOB_PROXY_CHILD=1", "HTTP_PROXY="+withPassword, "HTTPS_PROXY="+withPassword,
		"NO_PROXY=", "no_proxy=", "http_proxy=", "https_proxy=")
	out, err := child.CombinedOutput()
	proxy.Close()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	contains(t, string(out), "the proxy 127.0.0.1:", "407")
	if strings.Contains(string(out), "canary") || strings.Contains(string(out), "jane") {
		t.Errorf("the proxy's name and password are in:\n%s", out)
	}
	basic := base64.StdEncoding.EncodeToString([]byte("jane:canary"))
	if want := []string{"CONNECT login.acme.example:443 Basic " + basic}; !slices.Equal(asked, want) {
		t.Errorf("the proxy was asked for %q, want %q", asked, want)
	}
}

// TestProxyChild is the other process.
func TestProxyChild(t *testing.T) {
	if os.Getenv("KEYFOB_PROXY_CHILD") == "" {
		t.Skip("part of TestProxyFromTheEnvironment")
	}
	c := New(Options{})
	f := wantFault(t, c.Prepare(t.Context(), httpsProfile()), fault.Offline)
	t.Logf("%v %+v %#v", f, f.Args, errors.Unwrap(f))
	for _, here := range []string{"127.0.0.1", "localhost", "LocalHost", "[::1]"} {
		_, err := c.fetch(t.Context(), "http://"+here+":1/")
		t.Logf("%v", wantFault(t, err, fault.Offline))
	}
}

// A resolver that asks the network for localhost is not believed.
func TestLocalhostStaysHere(t *testing.T) {
	d := dialer("LocalHost:80")
	if d.Control == nil || dialer("login.acme.example:443").Control != nil {
		t.Fatal("the wrong names are watched")
	}
	for address, ok := range map[string]bool{
		"127.0.0.1:80": true, "127.9.9.9:80": true, "[::1]:80": true,
		"192.0.2.1:80": false, "[2001:db8::1]:80": false, "0.0.0.0:80": false, "": false,
	} {
		if err := d.Control("tcp", address, nil); ok != (err == nil) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if f := fault.Of(Unreachable("h", &net.OpError{Op: "dial", Err: errNotLoopback})); f.Detail != errNotLoopback.Error() {
		t.Errorf("it is said as %v", f)
	}
}
