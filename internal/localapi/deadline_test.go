package localapi

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestA52DeadlinesAreThoseOfTheRuntime reads from two connections with the same deadlines, one through ours, while what
// is sent and what is set come at any moment. Both must find the same after the same time.
func TestA52DeadlinesAreThoseOfTheRuntime(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			plain, ours := newReader(t, false), newReader(t, true)
			random := rand.New(rand.NewPCG(seed, 0))
			for step := range 30 {
				before, while, sent := random.IntN(8), random.IntN(8), random.IntN(8)
				time.Sleep(time.Duration(before) * time.Second)
				until, then := moment(random), moment(random)
				script := fmt.Sprintf("seed %d, step %d, after %d s: until %v, %d s later until %v, sent after %d s",
					seed, step, before, until, while, then, sent)
				for _, r := range []*reader{plain, ours} {
					r.set(until)
					go r.read()
					go r.later(time.Duration(while)*time.Second+time.Second/4, func() { r.set(then) })
					go r.later(time.Duration(sent)*time.Second+time.Second*3/4, r.send)
				}
				if a, b := plain.found(), ours.found(); a != b {
					t.Fatalf("%s: %s, and %s with our deadline", script, a, b)
				}
			}
		})
	}
}

// moment is when a read is to end: never, long ago, or at half past some second, where nothing else happens.
func moment(random *rand.Rand) time.Time {
	switch n := random.IntN(10); n {
	case 0, 1:
		return time.Time{}
	case 2:
		return time.Unix(1, 0) // as net/http ends a read
	default:
		return time.Now().Add(time.Duration(2*n-3) * time.Second / 2)
	}
}

// reader reads a byte at a time.
type reader struct {
	conn, peer net.Conn
	deadline   *deadline // nil: that of conn
	result     chan string
	running    chan struct{}
}

func newReader(t *testing.T, ours bool) *reader {
	conn, peer := net.Pipe()
	t.Cleanup(func() { conn.Close(); peer.Close() })
	r := &reader{conn: conn, peer: peer, result: make(chan string, 1), running: make(chan struct{}, 2)}
	if ours {
		r.deadline = &deadline{tell: conn.SetReadDeadline}
	}
	return r
}

func (r *reader) set(until time.Time) {
	if r.deadline != nil {
		_ = r.deadline.set(until)
		return
	}
	_ = r.conn.SetReadDeadline(until)
}

func (r *reader) read() {
	begin, read := time.Now(), r.conn.Read
	if r.deadline != nil {
		read = func(p []byte) (int, error) { return r.deadline.during(r.conn.Read, p) }
	}
	n, err := read(make([]byte, 1))
	r.result <- fmt.Sprintf("%d bytes after %s (over: %v)", n, time.Since(begin), errors.Is(err, os.ErrDeadlineExceeded))
}

// send gives up when nobody reads: what is sent must not be left for the next read.
func (r *reader) send() {
	_ = r.peer.SetWriteDeadline(time.Now().Add(time.Millisecond))
	_, _ = r.peer.Write([]byte("x"))
}

func (r *reader) later(pause time.Duration, do func()) {
	time.Sleep(pause)
	do()
	r.running <- struct{}{}
}

// found is what the read found, when nothing is under way any more.
func (r *reader) found() string {
	<-r.running
	<-r.running
	return <-r.result
}

// TestARequestMovesNoTimer goes through what net/http does with the deadlines of a connection that asks again and again.
func TestARequestMovesNoTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		reading := deadline{tell: func(time.Time) error { told++; return nil }}
		writing := deadline{tell: func(time.Time) error { told++; return nil }}
		io := func(p []byte) (int, error) { return len(p), nil }
		const requests = 1000
		for range requests {
			_ = reading.set(time.Now().Add(idleLimit))
			_, _ = reading.during(io, make([]byte, 10))
			_ = reading.set(time.Now().Add(headerLimit))
			_ = writing.set(time.Now().Add(callLimit))
			_ = reading.set(time.Time{})      // the header is there
			_ = reading.set(time.Time{})      // net/http is about to listen whether the caller leaves
			_ = reading.set(time.Unix(1, 0))  // it need not any more
			n, err := reading.during(io, nil) // and begins only now
			if n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(n, err)
			}
			_ = reading.set(time.Time{})
			_, _ = writing.during(io, make([]byte, 10))
			_ = writing.set(time.Time{})
			time.Sleep(time.Millisecond)
		}
		if told > 2 {
			t.Errorf("the runtime was told %d times", told)
		}
	})
}

// TestAnExactDeadlineEndsNothingEarly: where nobody would know how much went out by then, the runtime has the time that
// is wanted before anything begins.
func TestAnExactDeadlineEndsNothingEarly(t *testing.T) {
	var told, want time.Time
	d := deadline{exact: true, tell: func(t time.Time) error { told = t; return nil }}
	began := time.Now()
	for _, after := range []time.Duration{time.Minute, time.Hour, time.Second} {
		want = began.Add(after)
		_ = d.set(want)
		if _, err := d.during(func([]byte) (int, error) {
			if !told.Equal(want) {
				t.Errorf("the runtime thinks of %v, and not of %v", told.Sub(began), after)
			}
			return 0, nil
		}, nil); err != nil {
			t.Error(err)
		}
	}
}
