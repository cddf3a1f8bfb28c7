package oauthflow

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"keyfob/internal/clock"
	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/version"
)

// Limits of every request.
const (
	connectTime   = 10 * time.Second
	requestTime   = 30 * time.Second // from the first packet to the last byte
	discoveryTime = 15 * time.Second // the same, for metadata or keys, in however many places they are looked for
	maxBody       = 1 << 20          // bytes, after decompression
	maxHeader     = 64 << 10         // bytes of a response's header
)

// NewTransport makes the transport that requests are sent by unless Options have another: proxies from the environment,
// TLS 1.2 or later, bounded.
func NewTransport() *http.Transport {
	// Each token request has a connection of its own, and HTTP/1.1 has no streams that are dead after a laptop wakes.
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  proxyFor,
		OnProxyConnectResponse: checkProxy,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    connectTime,
		MaxResponseHeaderBytes: maxHeader,
		Protocols:              protocols,
		MaxIdleConns:           8,
		IdleConnTimeout:        time.Minute,
	}
}

// proxyFor is the environment's proxy, for all that is not on this machine: what goes out without TLS goes no further.
// net/http knows one spelling of localhost.
func proxyFor(req *http.Request) (*url.URL, error) {
	if onThisMachine(req.URL.Hostname()) {
		return nil, nil //nolint:nilnil // net/http's way to say "no proxy"
	}
	return http.ProxyFromEnvironment(req)
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	return dialer(address).DialContext(ctx, network, address)
}

// dialer holds the name localhost to its word: where no hosts file knows it, a resolver may ask the network for it
// (RFC 6761 §6.3).
func dialer(address string) *net.Dialer {
	d := &net.Dialer{Timeout: connectTime}
	if host, _, err := net.SplitHostPort(address); err == nil && onThisMachine(host) {
		d.Control = onlyLoopback
	}
	return d
}

var (
	errNotLoopback   = errors.New("the name localhost leads to another machine")
	errOtherProtocol = errors.New("the answer is in another protocol")
)

// onlyLoopback is called with the address behind the name.
func onlyLoopback(_, address string, _ syscall.RawConn) error {
	if to, err := netip.ParseAddrPort(address); err != nil || !to.Addr().IsLoopback() {
		return errNotLoopback
	}
	return nil
}

// strictTransport is the one RoundTripper that every request of this package is sent by. It sends https only (http to
// this machine itself), and no faster than the profile says. It follows no redirect. It bounds what comes in, in time
// and size, and reads it to its end before it returns, so that the deadline holds for the body too. Time in which this
// process is stopped does not count: what came meanwhile is read.
//
// A connection that a secret was sent on is not used again: what a server sends after its response, which may be the
// rest of a token response, net/http would print into our log when it keeps the connection.
type strictTransport struct {
	base   http.RoundTripper
	limits *rateLimits
}

// RoundTrip implements http.RoundTripper. Its errors are faults.
func (t strictTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	host := display.Host(req.URL.String())
	if !secure(req.URL) {
		return nil, fault.New(fault.InsecureEndpoint, "field", "url", "url", display.Clean(req.URL.Redacted(), 200))
	}
	if err := t.limits.wait(req.Context()); err != nil {
		return nil, err
	}
	ctx, cancel := clock.Within(req.Context(), requestTime)
	defer cancel()
	req = req.Clone(ctx)
	req.Close = req.Method == http.MethodPost
	req.Header.Set("User-Agent", "Keyfob/"+version.Version)
	req.Header.Set("Accept", "application/json")
	res, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, Unreachable(host, err)
	}
	return readWhole(host, res)
}

// readWhole reads a response to its end, or to the most that counts, and gives its connection back.
func readWhole(host string, res *http.Response) (*http.Response, error) {
	defer func(arriving io.Closer) { _ = arriving.Close() }(res.Body)
	switch {
	case res.StatusCode < 200: // no deadline would hold for what comes after "Switching Protocols"
		return nil, Unreachable(host, errOtherProtocol)
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return nil, fault.New(fault.RedirectRefused, "host", host)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	res.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), broken{Unreachable(host, err)}))
	}
	return res, nil
}

// broken ends a body that did not arrive whole. What did arrive is handed on first: a rotated refresh token may be in
// it.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// secure is the rule for every URL that Keyfob asks or opens: https, or http on this machine itself (development, the
// demo provider).
func secure(u *url.URL) bool {
	return u.Hostname() != "" && (u.Scheme == "https" || u.Scheme == "http" && onThisMachine(u.Hostname()))
}

func onThisMachine(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback() && ip.Zone() == ""
}

// Unreachable says why no whole response came from host, for others that send requests through NewTransport as well:
// fault.TLSFailure or fault.Offline. The transport's own texts may quote what came instead of a response; only causes
// that are known not to are passed on.
func Unreachable(host string, err error) error {
	if cause := insecure(err); cause != nil {
		return fault.New(fault.TLSFailure, "host", host).Because(cause)
	}
	return fault.New(fault.Offline, "host", host).Because(networkCause(err))
}

func networkCause(err error) error {
	var (
		dns     *net.DNSError
		errno   syscall.Errno
		proxy   *proxyError
		timeout net.Error
	)
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &proxy):
		return proxy
	case errors.Is(err, errNotLoopback):
		return errNotLoopback
	case errors.Is(err, errOtherProtocol):
		return errOtherProtocol
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("no answer in time")
	case errors.As(err, &dns):
		return errors.New("the name was not found")
	case errors.As(err, &errno):
		return errno
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("the answer ended too early")
	}
	return errors.New("the connection broke")
}

// insecure returns what is wrong with the other side's TLS, or nil when err is about something else.
func insecure(err error) error {
	var (
		certificate *tls.CertificateVerificationError
		op          *net.OpError
	)
	switch {
	case errors.As(err, &certificate):
		return certificateCause(certificate.Err)
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, new(tls.RecordHeaderError)):
		return errors.New("it does not speak TLS")
	case errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error"):
		return errors.New("it refused the TLS handshake")
	case strings.HasPrefix(err.Error(), "tls: "):
		return errors.New("the TLS handshake failed")
	}
	return nil
}

func certificateCause(err error) error {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &unknown):
		return errors.New("its certificate is signed by somebody whom this computer does not know")
	case errors.As(err, &hostname):
		return errors.New("its certificate is made out to another name")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return errors.New("its certificate has expired or is not valid yet")
	}
	return errors.New("its certificate is not valid")
}

// proxyError is a proxy's refusal of CONNECT.
type proxyError struct{ error }

func checkProxy(_ context.Context, proxy *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	status := http.StatusText(res.StatusCode)
	return &proxyError{fmt.Errorf("the proxy %s answered %d %s", display.Host(proxy.String()), res.StatusCode, status)}
}
