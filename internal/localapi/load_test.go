package localapi

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"keyfob/internal/account"
)

// TestA52AThousandSilentConnectionsHarmNobody: half of them say nothing, half of them half a request.
func TestA52AThousandSilentConnectionsHarmNobody(t *testing.T) {
	c := serve(t, Options{Keeper: newFakeKeeper()})
	if _, err := c.Token(t.Context(), "rhythm", 0); err != nil {
		t.Fatal(err)
	}
	memory, goroutines := inUse(), runtime.NumGoroutine()

	for i := range 1000 {
		conn := connect(t, c.path)
		if i%2 == 0 {
			_, _ = io.WriteString(conn, "POST /v1/profiles/rhythm/token HTTP/1.1\r\nHost: key")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			mine := newAsker(c.path)
			defer mine.Close()
			if _, err := mine.Token(ctx, "rhythm", 0); err != nil {
				t.Errorf("a real caller: %v", err)
			}
		})
	}
	callers.Wait()

	if more := runtime.NumGoroutine() - goroutines; more > 300 {
		t.Errorf("%d goroutines more: the connections are not bounded", more)
	}
	if more := inUse() - memory; more > 24<<20 {
		t.Errorf("%d MB more", more>>20)
	}
}

func inUse() int64 {
	runtime.GC()
	runtime.GC() // what a sync.Pool holds goes with the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// TestA52CallersBeyondTheLimitWaitTheirTurn: all places are taken by requests under way, none of which is cut off.
func TestA52CallersBeyondTheLimitWaitTheirTurn(t *testing.T) {
	k := newFakeKeeper()
	k.block, k.blocked = make(chan struct{}), make(chan struct{}, 2*maxConns)
	c := serve(t, Options{Keeper: k})
	var callers sync.WaitGroup
	call := func() {
		mine := newAsker(c.path)
		defer mine.Close()
		if _, err := mine.Token(t.Context(), "rhythm", 0); err != nil {
			t.Error(err)
		}
	}
	for range maxConns {
		callers.Go(call)
	}
	for range maxConns {
		<-k.blocked
	}
	var beyond []net.Conn
	for range 44 {
		conn := connect(t, c.path)
		_, _ = io.WriteString(conn, "POST /v1/profiles/rhythm/token HTTP/1.1\r\nHost: keyfob\r\n\r\n")
		beyond = append(beyond, conn)
	}
	if len(k.blocked) > 0 {
		t.Error("more were let in than there are places")
	}
	close(k.block)
	callers.Wait()
	for _, conn := range beyond {
		if res, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("one who waited: %v %v", res, err)
		}
	}
}

func TestA52BodiesAreBounded(t *testing.T) {
	k := newFakeKeeper()
	c := serve(t, Options{Keeper: k})
	post := "POST /v1/profiles/rhythm/token HTTP/1.1\r\nHost: keyfob\r\n"
	for head, want := range map[string]int{
		"Content-Length: 4294967296\r\n\r\n{":                     http.StatusRequestEntityTooLarge,
		"Content-Length: 99999999999999999999\r\n\r\n{":           http.StatusBadRequest,
		"Content-Length: -1\r\n\r\n":                              http.StatusBadRequest,
		"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{": http.StatusLengthRequired,
	} {
		conn := connect(t, c.path)
		_, _ = io.WriteString(conn, post+head)
		if w, ok := conn.(*net.UnixConn); ok {
			_ = w.CloseWrite()
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || res.StatusCode != want {
			t.Errorf("%q: %v (%v), want %d", head, res, err, want)
		}
	}
	if asked := k.asked(); len(asked) > 0 {
		t.Errorf("the keeper was asked %q", asked)
	}
}

// TestA52HalfRequestsRunOutOfTime waits for the real deadlines, so it runs beside the others.
func TestA52HalfRequestsRunOutOfTime(t *testing.T) {
	t.Parallel()
	k := newFakeKeeper()
	c := serve(t, Options{Keeper: k})
	began := time.Now()
	var all sync.WaitGroup
	const begun = "Content-Length: 14\r\n\r\n{\"min"
	for what, half := range map[string]string{
		"nothing":                       "",
		"half a header":                 "GET /v1/status HTTP/1.1\r\nHost: key",
		"half a body":                   "POST /v1/profiles/rhythm/token HTTP/1.1\r\nHost: keyfob\r\n" + begun,
		"half a body that nobody wants": "GET /v1/status HTTP/1.1\r\nHost: keyfob\r\n" + begun,
		"half a body that is refused":   "GET /v1/status HTTP/1.1\r\nHost: else\r\n" + begun,
		"a chunk that nobody wants": "GET /v1/nothing HTTP/1.1\r\nHost: keyfob\r\n" +
			"Transfer-Encoding: chunked\r\n\r\n9",
	} {
		conn := connect(t, c.path)
		_, _ = io.WriteString(conn, half)
		all.Go(func() {
			if _, err := io.Copy(io.Discard, conn); err != nil {
				t.Errorf("%s: %v", what, err)
			}
			if took := time.Since(began); took > 3*headerLimit {
				t.Errorf("%s: cut off after %s", what, took)
			}
		})
	}
	all.Wait()
	if asked := k.asked(); len(asked) > 0 {
		t.Errorf("the keeper was asked %q", asked)
	}
}

// TestABodyThatIsReadGivesTheAnswerItsTime: the body's deadline must not end a refresh that takes longer.
func TestABodyThatIsReadGivesTheAnswerItsTime(t *testing.T) {
	t.Parallel()
	k := newFakeKeeper()
	k.block = make(chan struct{})
	c := serve(t, Options{Keeper: k})
	time.AfterFunc(bodyLimit+time.Second, func() { close(k.block) })
	if _, err := c.Token(t.Context(), "rhythm", time.Minute); err != nil {
		t.Error(err)
	}
}

// TestABodyThatNobodyReadsEndsNoStream: net/http reads it when the stream begins, and then listens whether the caller
// leaves, for which there is no deadline.
func TestABodyThatNobodyReadsEndsNoStream(t *testing.T) {
	t.Parallel()
	k := newFakeKeeper()
	conn := connect(t, serve(t, Options{Keeper: k}).path)
	_, _ = io.WriteString(conn, "GET /v1/watch HTTP/1.1\r\nHost: keyfob\r\nContent-Length: 2\r\n\r\n{}")
	time.AfterFunc(bodyLimit+time.Second, func() { k.changes <- account.Snapshot{Seq: 2} })
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"seq":2`) {
			return
		}
	}
	t.Errorf("it ended: %v", lines.Err())
}

func TestTokenEndsWithItsContext(t *testing.T) {
	k := newFakeKeeper()
	k.block = make(chan struct{})
	c := serve(t, Options{Keeper: k})
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := c.Token(ctx, "rhythm", 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}
