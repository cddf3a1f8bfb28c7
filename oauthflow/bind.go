package oauthflow

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"keyfob/internal/bind"
	"keyfob/internal/display"
	"keyfob/internal/fault"
)

// boundAddress is where the callback is awaited: sockets that listen already, and the redirect URI that leads to them.
type boundAddress struct {
	listeners   []net.Listener
	redirectURI string
}

func (a boundAddress) close() {
	for _, l := range a.listeners {
		_ = l.Close()
	}
}

// bindFirst listens at the first of the redirect URIs that is free. RFC 8252 §7.3: "The authorization server MUST allow
// any port to be specified at the time of the request for loopback IP redirect URIs". Some compare them exactly all the
// same, so a URI with a port means that port, and only one without means any.
// What is returned listens already. It is never closed and bound again, so that nobody can take the port in between.
func bindFirst(ctx context.Context, redirects []string) (boundAddress, error) {
	var hosts []string
	var failures []error
	for _, uri := range redirects {
		a, err := bindOne(ctx, uri)
		if err == nil {
			return a, nil
		}
		hosts, failures = append(hosts, display.Host(uri)), append(failures, err)
	}
	reason, said := bind.Why(failures...)
	return boundAddress{}, fault.New(fault.PortsBusy, "addresses", strings.Join(hosts, ", "), "said", said).
		WithReason(reason).Because(errors.Join(failures...))
}

// Bindable tells whether a redirect URI could be listened at now: nil, or why not. It listens there for a moment.
func Bindable(ctx context.Context, redirectURI string) error {
	a, err := bindOne(ctx, redirectURI)
	a.close()
	return err
}

func bindOne(ctx context.Context, uri string) (boundAddress, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "http" {
		return boundAddress{}, errors.New("it is no http address")
	}
	if u.Port() != "" {
		listeners, err := listenAll(ctx, u.Hostname(), u.Port())
		return boundAddress{listeners, uri}, err
	}
	listeners, err := listenAnywhere(ctx, u.Hostname())
	if err != nil {
		return boundAddress{}, err
	}
	_, port, _ := net.SplitHostPort(listeners[0].Addr().String())
	u.Host = net.JoinHostPort(u.Hostname(), port)
	return boundAddress{listeners, u.String()}, nil
}

// listenAnywhere takes a port that is free on all addresses of host. A port that the system chose for the first may be
// taken on the second: then it is asked for another.
func listenAnywhere(ctx context.Context, host string) ([]net.Listener, error) {
	var err error
	for range 10 {
		var listeners []net.Listener
		if listeners, err = listenAll(ctx, host, "0"); err == nil {
			return listeners, nil
		}
	}
	return nil, err
}

// listenAll listens on all addresses of host at one port, or on none. RFC 8252 §8.3 advises against "localhost",
// which is two addresses: a browser may try either, and another program may listen on the one that we do not. Where
// IPv6 is off there is only one: nobody can listen at the other, and no browser reaches it.
func listenAll(ctx context.Context, host, port string) ([]net.Listener, error) {
	ips := []string{host}
	if host == "localhost" {
		ips = []string{"127.0.0.1", "::1"}
	}
	var all boundAddress
	for _, ip := range ips {
		l, err := listenLoopback(ctx, ip, port)
		if err != nil && len(all.listeners) > 0 && bind.IsMissing(err) {
			continue
		}
		if err != nil {
			all.close()
			return nil, err
		}
		all.listeners = append(all.listeners, l)
		_, port, _ = net.SplitHostPort(l.Addr().String())
	}
	return all.listeners, nil
}

// listenLoopback takes one port, which is nobody else's.
func listenLoopback(ctx context.Context, host, port string) (net.Listener, error) {
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.IsLoopback() {
		return nil, errors.New("it is not an address of this machine itself")
	}
	return bind.Listen(ctx, net.JoinHostPort(host, port))
}
