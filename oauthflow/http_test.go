package oauthflow

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/version"
	"keyfob/profile"
)

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func httpsProfile() profile.Profile {
	return profile.Profile{ID: "acme", Issuer: "https://login.acme.example/", ClientID: "client-1"}
}

// Item 24: every request has its deadline, on any transport.
func TestC24Deadlines(t *testing.T) {
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
	used := newTransport()
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
func TestC24ACompressedBombIsCut(t *testing.T) {
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

func TestTheDoorLetsOnlySecureRequestsOut(t *testing.T) {
	asked := 0
	d := door{roundTrip(func(r *http.Request) (*http.Response, error) {
		asked++
		if got := r.Header.Get("User-Agent"); got != "Keyfob/"+version.Version {
			t.Errorf("User-Agent is %q", got)
		}
		return &http.Response{StatusCode: 200, Body: http.NoBody}, nil
	})}
	for address, ok := range map[string]bool{
		"https://a.example/": true, "http://127.0.0.1:1/": true, "http://a.example/": false, "ftp://a.example/": false,
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
		{"http://127.0.0.1:" + freePort(t), fault.Offline, "connection refused"},
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
		if f := unreachable("h", cause); f.Code != want || f.Detail == "" {
			t.Errorf("%v: %v", cause, f)
		}
	}
	for cause, want := range map[error]string{
		x509.HostnameError{Host: "h"}:                                   "another name",
		x509.CertificateInvalidError{Reason: x509.Expired}:              "expired",
		x509.CertificateInvalidError{Reason: x509.TooManyIntermediates}: "not valid",
	} {
		f := unreachable("h", &tls.CertificateVerificationError{Err: cause})
		if f.Code != fault.TLSFailure || !strings.Contains(f.Detail, want) {
			t.Errorf("%T: %v", cause, f)
		}
	}
	if !errors.Is(unreachable("h", context.Canceled), context.Canceled) {
		t.Error("a caller cannot tell that it was itself who went away")
	}
}

func TestAProxyThatSaysNoIsNamed(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer proxy.Close()
	transport := newTransport()
	transport.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	c := New(Options{Transport: transport})
	defer c.CloseIdle()
	f := wantFault(t, c.Prepare(t.Context(), httpsProfile()), fault.Offline)
	contains(t, f.Detail, "the proxy 127.0.0.1:", "407")
}
