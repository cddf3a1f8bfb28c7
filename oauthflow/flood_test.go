package oauthflow

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

const wireIssuer = "http://127.0.0.1:1"

// wired is a client with the real transport, on connections to a server that speaks by hand: every byte of its
// responses is up to speak. No connection may outlive the test.
func wired(t *testing.T, speak func(conn net.Conn, r *http.Request)) *Client {
	t.Helper()
	var open sync.WaitGroup
	transport := NewTransport()
	transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		open.Go(func() {
			defer func() { _ = theirs.Close() }()
			if r, err := http.ReadRequest(bufio.NewReader(theirs)); err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
				speak(theirs, r)
			}
		})
		return ours, nil
	}
	c := New(Options{Transport: transport})
	t.Cleanup(func() {
		c.CloseIdle()
		open.Wait()
	})
	return c
}

func wireProfile() profile.Profile {
	return profile.Profile{ID: "acme", Issuer: wireIssuer, ClientID: "client-1", Scope: "a"}
}

// document is metadata without fault.
func document() string {
	return fmt.Sprintf(`{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q}`,
		wireIssuer, wireIssuer+"/authorize", wireIssuer+"/token")
}

// answered is a whole response with these header lines.
func answered(body string, header ...string) string {
	header = append(header, fmt.Sprintf("Content-Length: %d", len(body)))
	return "HTTP/1.1 200 OK\r\n" + strings.Join(header, "\r\n") + "\r\n\r\n" + body
}

const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

// A24: however a document drips, it has 15 seconds. Each drop comes a second after the last, and is progress of a kind.
func TestA24ASlowDripHasAnEnd(t *testing.T) {
	member := compressed(nil)
	for _, tt := range []struct{ what, start, drop string }{
		{"nothing", "", ""},
		{"a status line", "HTTP/1.1 200 ", "O"},
		{"interim answers", "", "HTTP/1.1 103 Early Hints\r\n\r\n"},
		{"a header line", "HTTP/1.1 200 OK\r\nX: ", "x"},
		{"header lines", "HTTP/1.1 200 OK\r\n", "X: x\r\n"},
		{"a body", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{", " "},
		{"a body without a length", "HTTP/1.0 200 OK\r\n\r\n{", " "},
		{"chunks", chunked, "1\r\n \r\n"},
		{"a chunk's extension", chunked + "1;", "x"},
		{"a trailer", chunked + "0\r\n", "X: x\r\n"},
		{"compressed nothing", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", member},
		{"a body of no success", "HTTP/1.1 404 Not Found\r\n\r\n", " "},
	} {
		t.Run(tt.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := wired(t, func(conn net.Conn, _ *http.Request) {
					_, err := io.WriteString(conn, tt.start)
					for err == nil {
						time.Sleep(time.Second)
						_, err = io.WriteString(conn, tt.drop)
						if tt.drop == "" {
							_, err = conn.Read(make([]byte, 1)) // until the client has enough
						}
					}
				})
				start := time.Now()
				wantFault(t, c.Prepare(t.Context(), wireProfile()), fault.Offline)
				if took := time.Since(start); took != discoveryTime {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// A24: the 15 seconds are for the document, in however many places it is looked for. Keys have their own.
func TestA24TwoPlacesHaveOneDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		c := wired(t, func(conn net.Conn, _ *http.Request) {
			asked.Add(1)
			time.Sleep(discoveryTime - time.Second)
			_, _ = io.WriteString(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		})
		start := time.Now()
		wantFault(t, c.Prepare(t.Context(), wireProfile()), fault.Offline)
		if took := time.Since(start); took != discoveryTime || asked.Load() != 2 {
			t.Errorf("it took %v for %d requests", took, asked.Load())
		}
		start = time.Now()
		_, err := c.signingKeys(wireIssuer+"/keys").get(t.Context(), usable)
		wantFault(t, err, fault.KeysInvalid)
		if took := time.Since(start); took != discoveryTime-time.Second {
			t.Errorf("keys took %v", took)
		}
	})
}

// A24: net/http watches no deadline over what comes after "Switching Protocols". It is not waited for.
func TestA24AnotherProtocolIsNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := wired(t, func(conn net.Conn, _ *http.Request) {
			_, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
			for err == nil {
				time.Sleep(time.Second)
				_, err = io.WriteString(conn, " ")
			}
		})
		start := time.Now()
		f := wantFault(t, c.Prepare(t.Context(), wireProfile()), fault.Offline)
		if took := time.Since(start); took != 0 || f.Detail != errOtherProtocol.Error() {
			t.Errorf("it took %v: %v", took, f)
		}
	})
}

// memory is what a document may cost: bytes that are asked for one after the other, so that fewer are held at any time.
const memory = 64 << 20

// A24: what comes fast and without an end, or grows when it is unpacked, is cut off. Nothing of it is taken for a
// document.
func TestA24AFloodIsCutOff(t *testing.T) {
	bomb := strings.Repeat(compressed(make([]byte, 1<<20)), 512)
	wide, deep := new(strings.Builder), strings.Repeat(`{"a":[`, maxBody/6)
	for i := 0; wide.Len() < maxBody-20; i++ {
		fmt.Fprintf(wide, `"%d":{},`, i)
	}
	for _, tt := range []struct {
		what, start, drop string
		want              fault.Code
	}{
		{"a bomb", answered(bomb, "Content-Encoding: gzip"), "", fault.DiscoveryInvalid},
		{"a bomb in a bomb", answered(compressed([]byte(bomb)), "Content-Encoding: gzip"), "", fault.Portal},
		{"twice compressed, and said so", answered(bomb, "Content-Encoding: gzip, gzip"), "", fault.Portal},
		{"deflate", answered(deflated([]byte(document())), "Content-Encoding: deflate"), "", fault.Portal},
		{"brotli", answered("\x0b\x02\x80{}\x03", "Content-Encoding: br"), "", fault.Portal},
		{"a bomb that is none", answered("{}", "Content-Encoding: gzip"), "", fault.Offline},
		{"a long document", "HTTP/1.1 200 OK\r\n\r\n{", spaces, fault.DiscoveryInvalid},
		{"a long page", "HTTP/1.1 404 Not Found\r\n\r\n{", spaces, fault.DiscoveryInvalid},
		{"deep", answered(deep), "", fault.DiscoveryInvalid},
		{"deep in a member that is used", answered(`{"issuer":` + deep), "", fault.DiscoveryInvalid},
		{"wide", answered("{" + wide.String() + `"x":1}`), "", fault.DiscoveryInvalid},
		{"one long name", answered(`{"` + strings.Repeat("x", maxBody-10) + `":1}`), "", fault.DiscoveryInvalid},
		{"interim answers", "", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", fault.Offline},
		{"a status line", "HTTP/1.1 200 ", spaces, fault.Offline},
		{"a header line", "HTTP/1.1 200 OK\r\nX: x", spaces, fault.Offline},
		{"header lines", "HTTP/1.1 200 OK\r\n", "X: x\r\n", fault.Offline},
		{"a chunk's extension", chunked + "1;", spaces, fault.Offline},
		{"extensions of chunks", chunked, "1;" + spaces[:1000] + "\r\n \r\n", fault.Offline},
		{"a trailer", chunked + "0\r\nX: ", spaces, fault.Offline},
		{"trailers", chunked + "2\r\n{}\r\n0\r\n", "X: x\r\n", fault.Offline},
	} {
		t.Run(tt.what, func(t *testing.T) {
			c := wired(t, func(conn net.Conn, _ *http.Request) {
				_, err := io.WriteString(conn, tt.start)
				for err == nil && tt.drop != "" {
					_, err = io.WriteString(conn, tt.drop)
				}
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			wantFault(t, c.Prepare(t.Context(), wireProfile()), tt.want)
			runtime.ReadMemStats(&after)
			if spent := after.TotalAlloc - before.TotalAlloc; spent > memory {
				t.Errorf("it took %d KB", spent>>10)
			}
		})
	}
}

var spaces = strings.Repeat(" ", 64<<10)

// What two readers could understand in two ways is no response.
func TestA24OddAnswersAreNone(t *testing.T) {
	ok := document()
	log.SetOutput(io.Discard) // net/http says what it thinks of some of them
	defer log.SetOutput(os.Stderr)
	for _, tt := range []struct{ what, answer string }{
		{"two lengths", answered(ok, "Content-Length: 5")},
		{"a length below zero", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + ok},
		{"a length too long", strings.Replace(answered(ok), "Length: ", "Length: 1", 1)},
		{"a length too short", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + ok},
		{"an unknown transfer coding", answered(ok, "Transfer-Encoding: gzip, chunked")},
		{"chunked twice", answered(ok, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked")},
		{"chunks that are none", chunked + ok},
		{"half a chunk", chunked + "ffff\r\n" + ok},
		{"a chunk's size too large", chunked + "ffffffffffffffffff\r\n" + ok},
		{"HTTP/0.9", ok},
		{"HTTP/3.0 in text", strings.Replace(answered(ok), "HTTP/1.1", "HTTP/x", 1)},
		{"NUL in a header", answered(ok, "X: \x00")},
		{"a header without a name", answered(ok, ": x")},
		{"no content", strings.Replace(answered(ok), "200 OK", "204 No Content", 1)},
		{"a part", strings.Replace(answered(ok), "200 OK", "206 Partial Content", 1)},
		{"created", strings.Replace(answered(ok, "Location: /x"), "200 OK", "201 Created", 1)},
		{"a status of tomorrow", strings.Replace(answered(ok), "200", "999", 1)},
	} {
		c := wired(t, func(conn net.Conn, _ *http.Request) { _, _ = io.WriteString(conn, tt.answer) })
		if err := c.Prepare(t.Context(), wireProfile()); err == nil {
			t.Errorf("%s: it was understood", tt.what)
		}
	}
	c := wired(t, func(conn net.Conn, _ *http.Request) { _, _ = io.WriteString(conn, answered(ok)) })
	if err := c.Prepare(t.Context(), wireProfile()); err != nil {
		t.Errorf("without an oddity: %v", err)
	}
}

// net/http prints what comes on a connection that it keeps and that nobody asked for. After a request with a secret
// that could be the rest of the response.
func TestA65TheRestOfAnAnswerIsNotPrinted(t *testing.T) {
	const canary = "canary-refresh-token"
	var printed bytes.Buffer
	log.SetOutput(&printed)
	defer log.SetOutput(os.Stderr)
	prof := wireProfile()
	prof.Issuer, prof.AuthorizationEndpoint, prof.TokenEndpoint = "", wireIssuer+"/authorize", wireIssuer+"/token"
	prof.RevocationEndpoint = wireIssuer + "/revoke"
	synctest.Test(t, func(t *testing.T) {
		c := wired(t, func(conn net.Conn, r *http.Request) {
			_, _ = io.WriteString(conn, answered(`{"access_token":"a","token_type":"Bearer"}`)+`{"refresh_token":"`+canary+`"}`)
			_, _ = conn.Read(make([]byte, 1))
		})
		g := Grant{Refresh: random(), TokenEndpoint: prof.TokenEndpoint}
		if _, err := c.Refresh(t.Context(), prof, g, keepNothing); err != nil {
			t.Error(err)
		}
		if err := c.Revoke(t.Context(), prof, g.Refresh); err != nil {
			t.Error(err)
		}
		synctest.Wait()
	})
	if strings.Contains(printed.String(), canary) {
		t.Errorf("printed: %s", &printed)
	}
}

func compressed(data []byte) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.String()
}

func deflated(data []byte) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.String()
}
