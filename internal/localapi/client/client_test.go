package client

import (
	"bufio"
	"fmt"
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
		for _, answer := range []string{answer200(`{"access_token":"x"}`), ""} {
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

func answer200(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// TestATokenOfAnotherKindIsNotUsed: a token that is bound to a key, an empty one, and one that would end its header
// reach nobody.
func TestATokenOfAnotherKindIsNotUsed(t *testing.T) {
	for body, usable := range map[string]bool{
		`{"access_token":"x","token_type":"Bearer"}`: true,
		`{"access_token":"x","token_type":"DPoP"}`:   false,
		`{"access_token":"","token_type":"Bearer"}`:  false,
		`{"error":null}`: false,
		`{"access_token":"x\ny","token_type":"Bearer"}`:   false,
		`{"access_token":"x y","token_type":"Bearer"}`:    false,
		`{"access_token":"\u001b","token_type":"Bearer"}`: false,
	} {
		path := socketPath(t)
		l := listen(t, path)
		served := make(chan struct{})
		go func() {
			defer close(served)
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.WriteString(conn, answer200(body))
			}
		}()
		c := New(path)
		access, err := c.Token(t.Context(), "rhythm", time.Minute)
		if usable {
			if err != nil || access.Token.Reveal() != "x" {
				t.Errorf("%s: %v", body, err)
			}
		} else if wantCode(t, err, fault.AgentFailed); !access.Token.Empty() {
			t.Errorf("%s: there is a token", body)
		}
		c.Close()
		l.Close()
		<-served
	}
}
