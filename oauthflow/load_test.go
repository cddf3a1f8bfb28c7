package oauthflow

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/account"
)

const manyStrangers = 1000

// A thousand strangers sit at the port, half of them silent, half of them saying a byte now and then. A person's
// browser is served within a second all the same, what the strangers cost is bounded, and afterwards all is gone.
func TestA14AThousandIdleAndSlowConnections(t *testing.T) {
	p := newProvider(t)
	c := newClient(t, p)
	if err := c.Prepare(t.Context(), p.profile()); err != nil {
		t.Fatal(err)
	}
	others, before := goleak.IgnoreCurrent(), costs()
	var during cost
	var took time.Duration
	s := signIn(t, c, p.profile(), func(b *browser, a account.Attempt) []visit {
		defer b.client.CloseIdleConnections()
		callback := callbackOf(b, a)
		u, _ := url.Parse(callback)
		strangers := dialMany(t, u.Host, manyStrangers)
		defer closeAll(strangers)
		defer whisper(strangers[:manyStrangers/2])()
		during = costs()

		start := time.Now()
		first := b.get(callback)
		took = time.Since(start)
		return b.follow("http://" + u.Host + first.header.Get("Location"))
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	contains(t, s.page().body, "signed in to")
	if took >= time.Second {
		t.Errorf("the callback was answered after %v", took)
	}
	const ofOthers = 20 // provider and browser
	if n := during.files - before.files - manyStrangers; n > maxConnections+ofOthers {
		t.Errorf("%d descriptors for the strangers", n)
	}
	if grown := during.memory - before.memory; grown > 16<<20 {
		t.Errorf("%d KB for the strangers", grown>>10)
	}
	wantRefused(t, s.attempt.RedirectURI)
	c.CloseIdle()
	p.server.CloseClientConnections()
	goleak.VerifyNone(t, others)
	if after := costs(); after.files > before.files {
		t.Errorf("%d descriptors before, %d after", before.files, after.files)
	}
	t.Logf("answered after %v; %d descriptors and %d KB for %d strangers", took,
		during.files-before.files-manyStrangers, (during.memory-before.memory)>>10, manyStrangers)
}

// A thousand strangers come back as soon as they are cut. They push each other out, not the browser.
func TestA14AThousandThatReconnect(t *testing.T) {
	p := newProvider(t)
	var rush sync.WaitGroup
	var came atomic.Int64
	enough := make(chan struct{})
	s := signIn(t, newClient(t, p), p.profile(), func(b *browser, a account.Attempt) []visit {
		callback := callbackOf(b, a)
		u, _ := url.Parse(callback)
		for i := range manyStrangers {
			half := []string{"", "GET /callback HTTP/1.1\r\n"}[i%2]
			rush.Go(func() {
				for insist(u.Host, half) {
					if came.Add(1) == 2*manyStrangers {
						close(enough)
					}
				}
			})
		}
		<-enough
		return b.follow(callback)
	})
	rush.Wait() // they give up when nobody listens
	if s.err != nil {
		t.Fatal(s.err)
	}
	contains(t, s.page().body, "signed in to")
	t.Logf("%d connections were cut meanwhile", came.Load())
}

// insist connects, says something, and stays until it is cut. It tells whether somebody listened.
func insist(host, says string) bool {
	conn, err := net.Dial("tcp", host)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	_, _ = io.WriteString(conn, says)
	_, _ = io.Copy(io.Discard, conn)
	return true
}

func dialMany(t *testing.T, host string, n int) (conns []net.Conn) {
	t.Helper()
	for range n {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Error(err)
			break
		}
		conns = append(conns, conn)
	}
	return conns
}

func closeAll(conns []net.Conn) {
	for _, c := range conns {
		_ = c.Close()
	}
}

// whisper has each connection say one byte of an endless header after the other, until stop.
func whisper(conns []net.Conn) (stop func()) {
	done := make(chan struct{})
	var talk sync.WaitGroup
	talk.Go(func() {
		next := time.NewTicker(20 * time.Millisecond)
		defer next.Stop()
		for i := 0; ; i++ {
			const start = "GET /callback HTTP/1.1\r\nX: "
			for _, c := range conns {
				_, _ = fmt.Fprintf(c, "%c", (start + strings.Repeat("x", i))[i])
			}
			select {
			case <-next.C:
			case <-done:
				return
			}
		}
	})
	return func() {
		close(done)
		talk.Wait()
	}
}

// cost is what this process holds: descriptors (Linux only; elsewhere 0), and bytes of heap and stacks.
type cost struct{ files, memory int }

func costs() cost {
	files, _ := os.ReadDir("/proc/self/fd")
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return cost{len(files), int(m.HeapInuse + m.StackInuse)}
}
