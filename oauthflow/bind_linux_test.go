package oauthflow

import (
	"context"
	"net"
	"net/url"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"keyfob/internal/account"
)

// Nobody else can listen at our port, however they ask, and we did not ask to share it.
func TestA12ThePortIsOursAlone(t *testing.T) {
	at, err := bind(t.Context(), []string{"http://127.0.0.1/callback"})
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
