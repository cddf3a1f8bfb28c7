package localapi

import (
	"errors"
	"os"
	"sync"
	"time"
)

// deadline is until when a connection may be read, or written. net/http sets one nine times for each request, and
// hardly ever has to wait in between; the runtime would make and stop a timer each time, which takes longer than to
// find a token. So it is told only where its own deadline would come too late. One that comes too early is put right
// then.
type deadline struct {
	tell  func(time.Time) error // the runtime
	exact bool                  // nothing may end too early: what it did by then would not be known

	mu   sync.Mutex
	want time.Time // zero: no end
	told time.Time
	busy int // who reads, or writes
}

func (d *deadline) set(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.want = t
	if d.busy == 0 {
		return nil
	}
	return d.pass()
}

// pass tells the runtime what is wanted. d.mu is held.
func (d *deadline) pass() error {
	d.told = d.want
	return d.tell(d.want)
}

// during reads or writes.
func (d *deadline) during(do func([]byte) (int, error), p []byte) (n int, err error) {
	if err := d.begin(); err != nil {
		return 0, err
	}
	defer d.end()
	for {
		more, err := do(p[n:])
		n += more
		if !errors.Is(err, os.ErrDeadlineExceeded) || d.over() {
			return n, err
		}
	}
}

// begin tells the runtime, if need be. A time that is over already is how net/http ends a read that has not begun.
func (d *deadline) begin() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	late := !d.want.IsZero() && (d.told.IsZero() || d.told.After(d.want)) || d.exact && !d.told.Equal(d.want)
	if late && !d.want.IsZero() && !d.want.After(time.Now()) {
		return os.ErrDeadlineExceeded
	}
	d.busy++
	if late {
		return d.pass()
	}
	return nil
}

func (d *deadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy--
}

// over tells whether the time is, and not only what the runtime was told. If not, the runtime is told anew.
func (d *deadline) over() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.want.IsZero() || d.want.After(time.Now()) {
		return d.pass() != nil // then the connection is closed
	}
	return true
}
