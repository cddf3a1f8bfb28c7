package client

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"keyfob/internal/fault"
)

// TestAKeptConnectionThatIsClosedIsNoError: the server hangs up between two calls, just as the second is sent.
func TestAKeptConnectionThatIsClosedIsNoError(t *testing.T) {
	path := socketPath(t)
	l := listen(t, path)
	served := make(chan struct{})
	go func() { defer close(served); hangUpOnTheSecond(l) }()
	c := New(path)
	for range 2 {
		if access, err := c.Token(t.Context(), "rhythm", time.Minute); err != nil || access.Token.Reveal() != "x" {
			t.Errorf("%v %v", access, err)
		}
	}
	c.Close()
	l.Close()
	<-served
}

// hangUpOnTheSecond answers the first request of each connection, and takes the second without a word.
func hangUpOnTheSecond(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		requests := bufio.NewReader(conn)
		for _, answer := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"access_token\":\"x\"}", ""} {
			r, err := http.ReadRequest(requests)
			if err != nil {
				break
			}
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(conn, answer)
		}
		conn.Close()
	}
}

// TestF38AnAgentThatDoesNotAnswerIsSaid: it is stopped, or another program listens at its socket.
func TestF38AnAgentThatDoesNotAnswerIsSaid(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	l := listen(t, path) // the kernel connects whoever comes
	defer l.Close()
	c := New(path)
	defer c.Close()
	stopped := make(chan error)
	go func() { stopped <- c.Stop(t.Context()) }()
	_, version := c.Version(t.Context())
	for request, err := range map[string]error{"version": version, "stop": <-stopped} {
		if said := fault.Of(err); said == nil || said.Reason != fault.AgentSilent {
			t.Errorf("%s: %v", request, err)
		}
	}
}
