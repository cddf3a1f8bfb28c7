package localapi

import (
	"context"
	"net"
	"os"

	"keyfob/internal/fault"
)

// Caller is the process at the other end of a connection, as the kernel tells.
type Caller struct {
	UID int // -1 where the platform does not tell
	PID int // 0 where the platform does not tell
}

// sameUser returns who is at the other end of c, and fault.OtherUser if that is another user than ours.
// The server asks before it reads a byte, the client before it sends one.
//
// peerOf, in the twin files, asks the kernel: SO_PEERCRED on Linux, LOCAL_PEERCRED on macOS, SIO_AF_UNIX_GETPEERPID on
// Windows, where beside it the access list of the folder decides, see listen_windows.go.
func sameUser(c *net.UnixConn) (Caller, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return Caller{}, fault.New(fault.OtherUser).Because(err)
	}
	who, err := peerOf(raw)
	if err != nil {
		return Caller{}, fault.New(fault.OtherUser).Because(err)
	}
	if who.UID != -1 && who.UID != os.Geteuid() {
		return who, fault.New(fault.OtherUser)
	}
	return who, nil
}

type callerKey struct{}

func withCaller(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, callerKey{}, c.(*guest))
}

// callerOf returns who sent the request with this context.
func callerOf(ctx context.Context) Caller {
	if g := guestOf(ctx); g != nil {
		return g.caller
	}
	return Caller{}
}
