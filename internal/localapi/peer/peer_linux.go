package peer

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"keyfob/internal/process"
)

func processAt(raw syscall.RawConn) (who Process, err error) {
	var cred *unix.Ucred
	failed := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	if failed != nil {
		return Process{}, failed
	}
	if err != nil {
		return Process{}, err
	}
	return Process{UID: int(cred.Uid), PID: int(cred.Pid)}, nil
}

// hold asks the kernel for the process that connected, by whatever id. One outside our pid namespace has none (0).
func hold(raw syscall.RawConn, pid int) (*process.Held, error) {
	if pid <= 0 {
		return nil, process.ErrOther
	}
	pidfd := -1
	var err error
	failed := raw.Control(func(fd uintptr) {
		pidfd, err = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PEERPIDFD)
	})
	switch {
	case failed != nil:
		return nil, failed
	case errors.Is(err, unix.ENOPROTOOPT):
		return holdByEnd(raw, pid)
	case err != nil:
		return nil, err
	}
	return process.HoldFD(pid, pidfd), nil
}

// holdByEnd holds the process of that id if it has the other end of the connection open.
func holdByEnd(raw syscall.RawConn, pid int) (*process.Held, error) {
	end, err := otherEnd(raw)
	if err != nil {
		return nil, err
	}
	held, err := process.Hold(pid)
	if err != nil {
		return nil, err
	}
	if !hasSocket(pid, end) || !held.Lives() {
		held.Release()
		return nil, process.ErrOther
	}
	return held, nil
}

// otherEnd asks the kernel (sock_diag(7)) for the inode of the socket at the other end.
func otherEnd(raw syscall.RawConn) (inode uint32, err error) {
	var ours unix.Stat_t
	failed := raw.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &ours) })
	switch err := errors.Join(failed, err); {
	case err != nil:
		return 0, err
	case ours.Ino > math.MaxUint32: // the kernel's question has no room for it
		return 0, process.ErrOther
	}
	netlink, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, err
	}
	defer unix.Close(netlink)
	kernel := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	if err := unix.Sendto(netlink, diagRequest(uint32(ours.Ino)), 0, kernel); err != nil {
		return 0, err
	}
	answer := make([]byte, 1<<10)
	n, _, err := unix.Recvfrom(netlink, answer, unix.MSG_DONTWAIT) // it is there: the kernel answers while it is asked
	if err != nil {
		return 0, err
	}
	return peerIn(answer[:n])
}

// The parts of sock_diag(7) that x/sys does not have.
const (
	byFamily  = 20 // SOCK_DIAG_BY_FAMILY
	showPeer  = 4  // UDIAG_SHOW_PEER
	peerInode = 2  // UNIX_DIAG_PEER
	unixReq   = 24 // the size of struct unix_diag_req
	unixMsg   = 16 // the size of struct unix_diag_msg
)

// diagRequest is a struct unix_diag_req in a netlink message.
func diagRequest(inode uint32) []byte {
	order := binary.NativeEndian
	m := order.AppendUint32(nil, unix.NLMSG_HDRLEN+unixReq)
	m = order.AppendUint16(m, byFamily)
	m = order.AppendUint16(m, unix.NLM_F_REQUEST)
	m = append(m, make([]byte, 8)...)     // sequence and port
	m = append(m, unix.AF_UNIX, 0, 0, 0)  // family, protocol, padding
	m = order.AppendUint32(m, ^uint32(0)) // in every state
	m = order.AppendUint32(m, inode)
	m = order.AppendUint32(m, showPeer)
	return order.AppendUint64(m, ^uint64(0)) // with any cookie
}

// peerIn reads the answer's attributes for the other end.
func peerIn(answer []byte) (inode uint32, err error) {
	messages, err := syscall.ParseNetlinkMessage(answer)
	if err != nil {
		return 0, err
	}
	for _, m := range messages {
		if m.Header.Type != byFamily || len(m.Data) < unixMsg {
			continue
		}
		for rest := m.Data[unixMsg:]; len(rest) >= unix.SizeofNlAttr; {
			size, kind := int(binary.NativeEndian.Uint16(rest)), binary.NativeEndian.Uint16(rest[2:])
			if size < unix.SizeofNlAttr || size > len(rest) {
				break
			}
			if kind == peerInode && size == unix.SizeofNlAttr+4 {
				return binary.NativeEndian.Uint32(rest[unix.SizeofNlAttr:]), nil
			}
			rest = rest[min(len(rest), (size+3)&^3):]
		}
	}
	return 0, process.ErrOther
}

// hasSocket tells whether the process has the socket of that inode open.
func hasSocket(pid int, inode uint32) bool {
	dir := "/proc/" + strconv.Itoa(pid) + "/fd"
	fds, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	want := "socket:[" + strconv.FormatUint(uint64(inode), 10) + "]"
	for _, fd := range fds {
		if link, err := os.Readlink(dir + "/" + fd.Name()); err == nil && link == want {
			return true
		}
	}
	return false
}
