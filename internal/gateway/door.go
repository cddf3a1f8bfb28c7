package gateway

import (
	"context"
	"fmt"
	"net"
	"net/netip"

	"keyfob/internal/fault"
)

// Door is an address of this computer, and the one base URL of the API that it leads to.
type Door struct {
	net.Listener

	Base string // one of apicall.Bases
}

// URL is what its clients are given; what they ask for below it lies below Base.
func (d Door) URL() string { return "http://" + d.Addr().String() }

// Doors are those of one gateway, in the order of the profile's base URLs.
type Doors []Door

// Close closes doors that Serve was not given.
func (d Doors) Close() {
	for _, door := range d {
		_ = door.Listener.Close()
	}
}

// Open opens a door for each base URL of the API: the first at address, the next ones on the ports that follow it, or
// where the port is 0 each on one that is free. Anything but an address of this computer is fault.BadUsage, one that
// somebody has is fault.PortsBusy; none is open then.
func (s *Server) Open(ctx context.Context, address string) (doors Doors, err error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsLoopback() || at.Addr().Zone() != "" {
		return nil, badUsage("a gateway listens on this computer only: 127.0.0.1:PORT or [::1]:PORT")
	}
	const highest = 1<<16 - 1
	if int(at.Port())+len(s.bases)-1 > highest {
		return nil, badUsage(fmt.Sprintf("the API has %d addresses, and from %s on there are fewer ports", len(s.bases), address))
	}
	for i, base := range s.bases {
		next := at
		if at.Port() != 0 {
			next = netip.AddrPortFrom(at.Addr(), at.Port()+uint16(i))
		}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", next.String())
		if err != nil {
			doors.Close()
			return nil, fault.New(fault.PortsBusy, "addresses", next.String()).Because(err)
		}
		doors = append(doors, Door{l, base})
	}
	return doors, nil
}

func badUsage(reason string) error { return fault.New(fault.BadUsage, "reason", reason) }
