package gateway

import (
	"context"
	"net"
	"net/netip"
	"strconv"

	"keyfob/internal/bind"
	"keyfob/internal/connlimit"
	"keyfob/internal/fault"
)

// Listener is an address of this computer, and the one base URL of the API that it leads to.
type Listener struct {
	net.Listener

	Base string // one of apicall.Bases
}

// URL is what its clients are given. What they ask for below it lies below Base.
func (l Listener) URL() string { return "http://" + l.Addr().String() }

// Listeners are those of one gateway, in the order of the profile's base URLs.
type Listeners []Listener

// Close closes listeners that Serve was not given.
func (all Listeners) Close() {
	for _, l := range all {
		_ = l.Listener.Close()
	}
}

// Listen opens a listener for each base URL of the API. The first is at address, the next ones are on the ports that
// follow it, or where the port is 0 each on a free one. An address that is not this computer's is fault.BadUsage, and
// one that is in use, or cannot be had for another reason, fault.PortsBusy; no listener stays open then.
func (s *Server) Listen(ctx context.Context, address string) (all Listeners, err error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsLoopback() || at.Addr().Zone() != "" {
		return nil, fault.New(fault.BadUsage, "one", "127.0.0.1:PORT", "other", "[::1]:PORT").
			WithReason(fault.GatewayLoopback)
	}
	const highest = 1<<16 - 1
	if int(at.Port())+len(s.bases)-1 > highest {
		return nil, fault.New(fault.BadUsage, "address", address, "n", strconv.Itoa(len(s.bases))).
			WithReason(fault.GatewayPorts)
	}
	for i, base := range s.bases {
		next := at
		if at.Port() != 0 {
			next = netip.AddrPortFrom(at.Addr(), at.Port()+uint16(i))
		}
		l, err := bind.Listen(ctx, next.String())
		if err != nil {
			all.Close()
			reason, said := bind.Why(err)
			return nil, fault.New(fault.PortsBusy, "addresses", next.String(), "said", said).WithReason(reason).Because(err)
		}
		all = append(all, Listener{l, base})
	}
	return all, nil
}

// origin is what a request needs to know of the listener that it came by.
type origin struct {
	net.Listener // with the gateway's limit on connections

	address string
	base    string
}

func newOrigin(l Listener, limit *connlimit.Limit) *origin {
	return &origin{Listener: limit.Listener(l.Listener), address: l.Addr().String(), base: l.Base}
}

// originKey finds the origin in a request's context.
type originKey struct{}

// withOrigin is the BaseContext of a server whose listeners are origins.
func withOrigin(l net.Listener) context.Context {
	return context.WithValue(context.Background(), originKey{}, l)
}

func originOf(ctx context.Context) *origin { return ctx.Value(originKey{}).(*origin) }
