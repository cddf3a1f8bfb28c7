//go:build linux

package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The crowd, and what it may cost at most.
const (
	crowdSize        = 1000
	crowdReturns     = time.Second            // after it who is thrown out comes back; some take twice as long
	crowdDrip        = 100 * time.Millisecond // between two bytes
	crowdDescriptors = 256 + 16               // beyond what the agent had: those that wait, and a few on the way
	crowdMemory      = 12 << 20               // bytes beyond what the agent had
	crowdDelay       = time.Second            // until the browser's callback is answered
)

// A thousand strangers stand at the callback's port: half of them say nothing, half say it a byte at a time, and who is
// thrown out comes back. A person's browser gets through all the same, the agent does not grow, and afterwards
// nothing of it is left.
func TestA14A17ACrowdDoesNotKeepTheBrowserOut(t *testing.T) {
	h := newHunt(t)
	pid := must(h.Status(h.ctx))(t).Agent.PID
	before := must(usageOf(pid))(t)
	if err := resetPeak(pid); err != nil {
		t.Fatal(err)
	}
	crowd := gather(h.ctx, h.callback.Host)
	defer crowd.leave()
	if err := crowd.wait(h.ctx, crowdSize*3/2); err != nil {
		t.Fatal(err)
	}
	most := watchDescriptors(pid)
	h.signIn()
	during, after := most(), must(settled(h.ctx, pid, before.descriptors))(t)
	visits, _ := h.tap.seen()
	callback, result := visits[0], visits[len(visits)-1]
	took := callback.answered.Sub(callback.asked)
	t.Logf("%d connections; callback answered after %v, result after %v; descriptors %d, %d, %d; %d KB, at most %d KB",
		crowd.entries.Load(), took, result.answered.Sub(callback.asked),
		before.descriptors, during, after.descriptors, before.memory>>10, after.peak>>10)

	if took > crowdDelay || callback.answer.StatusCode != http.StatusSeeOther {
		t.Errorf("%v after %v", callback, took)
	}
	if during > before.descriptors+crowdDescriptors {
		t.Errorf("%d descriptors, %d before", during, before.descriptors)
	}
	if after.peak > before.memory+crowdMemory {
		t.Errorf("%d bytes of memory, %d before", after.peak, before.memory)
	}
	if conn, err := net.Dial("tcp", h.callback.Host); err == nil {
		conn.Close()
		t.Error("somebody still listens")
	}
}

// usage is what a process holds.
type usage struct {
	descriptors  int
	memory, peak int64 // bytes
}

func usageOf(pid int) (usage, error) {
	descriptors, err := descriptorsOf(pid)
	if err != nil {
		return usage{}, err
	}
	u := usage{descriptors: descriptors}
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch name {
		case "VmRSS":
			u.memory = n << 10
		case "VmHWM":
			u.peak = n << 10
		}
	}
	return u, err
}

func descriptorsOf(pid int) (int, error) {
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(files), err
}

// settled waits until a process has no more descriptors than it had.
func settled(ctx context.Context, pid, descriptors int) (usage, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		u, err := usageOf(pid)
		if err != nil || u.descriptors <= descriptors {
			return u, err
		}
		if !pause(ctx, 10*time.Millisecond) {
			return u, fmt.Errorf("%d descriptors are left, of %d", u.descriptors, descriptors)
		}
	}
}

// resetPeak lets a process's peak of memory begin anew; proc_pid_clear_refs(5).
func resetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// watchDescriptors counts a process's descriptors until it is told to stop, and then returns the most that it saw.
func watchDescriptors(pid int) (stop func() int) {
	ticks := time.NewTicker(10 * time.Millisecond)
	end, most := make(chan struct{}), make(chan int)
	go func() {
		highest := 0
		for {
			n, _ := descriptorsOf(pid) // one that has ended has none
			highest = max(highest, n)
			select {
			case <-ticks.C:
			case <-end:
				most <- highest
				return
			}
		}
	}()
	return func() int { ticks.Stop(); close(end); return <-most }
}

// crowd is many connections that want nothing.
type crowd struct {
	host    string
	leave   func()
	people  sync.WaitGroup
	entries atomic.Int64
}

func gather(ctx context.Context, host string) *crowd {
	ctx, cancel := context.WithCancel(ctx)
	c := &crowd{host: host}
	c.leave = func() { cancel(); c.people.Wait() }
	for i := range crowdSize {
		// Not all at the same moment: they share a process with the tap, whose turn it would then not be for too long.
		returns := crowdReturns + crowdReturns*time.Duration(i)/crowdSize
		c.people.Go(func() { c.stand(ctx, i%2 == 0, returns) })
	}
	return c
}

// wait lets the crowd come in n times.
func (c *crowd) wait(ctx context.Context, n int64) error {
	for c.entries.Load() < n {
		if !pause(ctx, 10*time.Millisecond) {
			return fmt.Errorf("only %d came: %w", c.entries.Load(), ctx.Err())
		}
	}
	return nil
}

// stand comes again and again, while somebody listens.
func (c *crowd) stand(ctx context.Context, silent bool, returns time.Duration) {
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.host)
		if err != nil {
			return
		}
		c.entries.Add(1)
		c.bother(ctx, conn, silent)
		if !pause(ctx, returns) {
			return
		}
	}
}

// bother stays until it is thrown out.
func (c *crowd) bother(ctx context.Context, conn net.Conn, silent bool) {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if silent {
		_, _ = conn.Read(make([]byte, 1))
		return
	}
	for _, b := range []byte("GET /callback?code=forged&state=guess HTTP/1.1\r\nHost: " + c.host + "\r\nX-Prize: 1") {
		if _, err := conn.Write([]byte{b}); err != nil || !pause(ctx, crowdDrip) {
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
