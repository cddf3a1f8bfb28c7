package bind

import (
	"errors"
	"net"
	"os"
	"strings"
	"testing"

	"keyfob/internal/fault"
)

// failure is an error of Listen that the system would give.
func failure(cause error) error {
	return &net.OpError{Op: "listen", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv6loopback, Port: 80},
		Err: os.NewSyscallError("bind", cause)}
}

// Each error is told as what it is, and several different ones as the system says them.
func TestF50EachErrorIsToldAsWhatItIs(t *testing.T) {
	busy, refused, gone := failure(taken[0]), failure(denied[0]), failure(missing[0])
	for name, c := range map[string]struct {
		failures []error
		want     fault.Reason
	}{
		"in use":            {[]error{busy}, ""},
		"all in use":        {[]error{busy, busy}, ""},
		"denied":            {[]error{refused, refused}, fault.BindDenied},
		"no such address":   {[]error{gone}, fault.BindMissing},
		"no such family":    {[]error{failure(missing[1])}, fault.BindMissing},
		"no more files":     {[]error{failure(exhausted[0])}, fault.BindExhausted},
		"no more memory":    {[]error{failure(exhausted[1])}, fault.BindExhausted},
		"something else":    {[]error{errors.New("it is no address")}, fault.BindFailed},
		"this one and that": {[]error{busy, refused}, fault.BindSeveral},
		"that and this one": {[]error{gone, busy, gone}, fault.BindSeveral},
		"in use at the end": {[]error{busy, gone, busy}, fault.BindSeveral},
	} {
		reason, said := Why(c.failures...)
		if reason != c.want || strings.Count(said, ";") != len(c.failures)-1 {
			t.Errorf("%s: %q, %q", name, reason, said)
		}
		if IsMissing(c.failures[0]) != (why(c.failures[0]) == fault.BindMissing) {
			t.Errorf("%s: is it there?", name)
		}
	}
}

// A port that is in use says so itself.
func TestF50APortInUse(t *testing.T) {
	l, err := Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	second, err := Listen(t.Context(), l.Addr().String())
	if err == nil {
		_ = second.Close()
		t.Fatal("it was bound twice")
	}
	if reason, said := Why(err); reason != "" || !strings.Contains(said, l.Addr().String()) {
		t.Errorf("%q, %q", reason, said)
	}
}
