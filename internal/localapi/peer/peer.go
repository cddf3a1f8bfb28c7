// Package peer asks the kernel which process is at the other end of a unix socket, and refuses another user's. The
// server of the local API asks before it reads a byte, the client before it sends one.
//
// Twin files ask: SO_PEERCRED on Linux, LOCAL_PEERCRED on macOS, SIO_AF_UNIX_GETPEERPID on Windows, where beside it the
// access list of the socket's folder decides.
//
// It is a leaf: it imports internal/fault alone.
package peer

import (
	"net"
	"os"

	"keyfob/internal/fault"
)

// Process is the process at the other end of a connection, as the kernel tells.
type Process struct {
	UID int // -1 where the platform does not tell
	PID int // 0 where the platform does not tell
}

// Of returns who is at the other end of c, and fault.OtherUser if that is another user than ours.
func Of(c *net.UnixConn) (Process, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return Process{}, fault.New(fault.OtherUser).Because(err)
	}
	who, err := processAt(raw)
	if err != nil {
		return Process{}, fault.New(fault.OtherUser).Because(err)
	}
	if who.UID != -1 && who.UID != os.Geteuid() {
		return who, fault.New(fault.OtherUser)
	}
	return who, nil
}
