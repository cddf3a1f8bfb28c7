// Package peer asks the kernel which process is at the other end of a unix socket, and refuses another user's. The
// server of the local API asks before it reads a byte, the client before it sends one.
//
// Twin files ask: SO_PEERCRED on Linux, LOCAL_PEERCRED on macOS, SIO_AF_UNIX_GETPEERPID on Windows, where beside it the
// access list of the socket's folder decides.
//
// A process id alone is not who connected: that process may have ended, and its id be another's by now. So each peer is
// held on to from here on. On Linux the kernel gives a handle (SO_PEERPIDFD) of the very process that connected; one
// that has none, before 6.5, tells by its list of sockets (sock_diag) whether the process has the other end open. On
// macOS and Windows the process is held that has the id when we ask, a moment after it connected. A peer that cannot be
// held is nobody.
//
// It is a leaf: it imports internal/fault and internal/process alone.
package peer

import (
	"net"
	"os"

	"keyfob/internal/fault"
	"keyfob/internal/process"
)

// Process is the process at the other end of a connection, as the kernel tells. Who asked for it releases it.
type Process struct {
	UID int // -1 where the platform does not tell
	PID int // 0 where the platform does not tell, and for one that cannot be held: it has ended, or is outside
	// Stranger is set for a process that has other files or other process ids than we have, as in a container, and for
	// one of which nobody can say that on a system that can.
	Stranger bool

	held *process.Held
}

// Untold tells whether this system does not say which process it is, of nobody.
func (p Process) Untold() bool { return p.UID == -1 && p.PID == 0 && !p.Stranger }

// Lives tells whether the process of that id is still the one that connected. Where there is no id it is false.
func (p Process) Lives() bool { return p.held != nil && p.held.Lives() }

// Release lets go of the process.
func (p Process) Release() {
	if p.held != nil {
		p.held.Release()
	}
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
	if who.Untold() {
		return who, nil
	}
	if who.held, err = hold(raw, who.PID); err == nil {
		who.Stranger = !process.Here(who.PID)
		if who.Lives() { // so that was of the one that connected
			return who, nil
		}
		who.Release()
	}
	return Process{UID: who.UID, Stranger: true}, nil
}
