package oauthflow

import (
	"context"
	"net"
	"net/url"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// Nobody else can listen at our port, however they ask, and we did not ask to share it.
func TestA12ThePortIsOursAlone(t *testing.T) {
	at, err := bindFirst(t.Context(), []string{"http://127.0.0.1/callback"})
	if err != nil {
		t.Fatal(err)
	}
	defer at.close()
	conn, err := at.listeners[0].(*net.TCPListener).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	shared := -1
	err = conn.Control(func(fd uintptr) {
		shared, _ = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT)
	})
	if err != nil || shared != 0 {
		t.Errorf("SO_REUSEPORT is %d, %v", shared, err)
	}
	p := newProvider(t)
	s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
		u, _ := url.Parse(a.RedirectURI)
		for _, ip := range []string{"127.0.0.1", "0.0.0.0"} {
			greedy := net.ListenConfig{Control: share}
			if l, err := greedy.Listen(context.Background(), "tcp4", net.JoinHostPort(ip, u.Port())); err == nil {
				_ = l.Close()
				t.Errorf("somebody else listens at %s", l.Addr())
			}
		}
		return b.follow(a.URL)
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
}

func share(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	})
}

// Where ::1 is not there localhost is one address, and that is enough: nobody can listen at the other. A callback that
// needs the one that is missing says so.
func TestF50A12LocalhostWithoutIPv6(t *testing.T) {
	var alone, gone boundAddress
	var failed, refused error
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil { // in this network nothing is switched on, and ::1 is not there
			alone, failed = bindFirst(t.Context(), []string{"http://localhost/callback"})
			gone, refused = bindFirst(t.Context(), []string{"http://[::1]/callback"})
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Skip("only root makes networks: ", err)
	}
	defer alone.close()
	defer gone.close()
	if failed != nil || len(alone.listeners) != 1 {
		t.Errorf("%v, %v", alone.listeners, failed)
	}
	if f := wantFault(t, refused, fault.PortsBusy); f.Reason != fault.BindMissing || f.Args["addresses"] != "[::1]" {
		t.Errorf("%+v", f)
	}
}
