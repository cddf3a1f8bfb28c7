package gateway

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"keyfob/internal/fault"
)

// An address that this computer does not have is not one that another program uses.
func TestF50AnAddressThatIsNotThere(t *testing.T) {
	s := with(t, "https://one.example")
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			done <- nil // only root makes networks
			return
		}
		_, err := s.Listen(t.Context(), "[::1]:0")
		done <- err
	}()
	switch f := fault.Of(<-done); {
	case f == nil:
		t.Skip("no network of its own, or it has addresses")
	case f.Code != fault.PortsBusy || f.Reason != fault.BindMissing || f.Args["said"] == "":
		t.Errorf("%+v", f)
	}
}
