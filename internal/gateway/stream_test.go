package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"keyfob/internal/apicall"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// Each event arrives while the next is not there yet.
func TestEventsComeAsTheyAreSent(t *testing.T) {
	next := make(chan struct{})
	d := build(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 5 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	})
	tr := &http.Transport{DisableKeepAlives: true}
	res, err := tr.RoundTrip(d.request("GET", "/events", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	in := bufio.NewReader(res.Body)
	for i := range 5 {
		if line, err := in.ReadString('\n'); line != fmt.Sprintf("data: %d\n", i) || err != nil {
			t.Errorf("%q, %v", line, err)
		}
		_, _ = in.ReadString('\n')
		next <- struct{}{}
	}
}

// So does each piece of a download whose length is known.
func TestADownloadComesAsItIsSent(t *testing.T) {
	next := make(chan struct{}, 5)
	d := build(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		for range 5 {
			fmt.Fprintln(w, "x")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-next:
			case <-r.Context().Done():
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tr := &http.Transport{DisableKeepAlives: true}
	res, err := tr.RoundTrip(d.request("GET", "/file", nil).WithContext(ctx))
	if err != nil || res.ContentLength != 10 {
		t.Fatal(res, err)
	}
	defer res.Body.Close()
	in := bufio.NewReader(res.Body)
	for range 5 {
		if line, err := in.ReadString('\n'); line != "x\n" || err != nil {
			t.Errorf("%q, %v", line, err)
		}
		next <- struct{}{}
	}
}

// What a client sends bit by bit arrives bit by bit, and is answered meanwhile.
func TestBothWaysAtATime(t *testing.T) {
	d := build(t, func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		_ = c.EnableFullDuplex()
		_ = c.Flush()
		for in := bufio.NewScanner(r.Body); in.Scan(); {
			fmt.Fprintln(w, "heard", in.Text())
			_ = c.Flush()
		}
	})
	body, out := io.Pipe()
	tr := &http.Transport{} // where a connection will be closed anyway net/http does not wait for the rest of the body
	defer tr.CloseIdleConnections()
	res, err := tr.RoundTrip(d.request("POST", "/", body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	in := bufio.NewReader(res.Body)
	for i := range 5 {
		fmt.Fprintln(out, i)
		if line, err := in.ReadString('\n'); line != fmt.Sprintf("heard %d\n", i) || err != nil {
			t.Errorf("%q, %v", line, err)
		}
	}
	out.Close()
	if rest, err := io.ReadAll(in); len(rest) > 0 || err != nil {
		t.Errorf("%q, %v", rest, err)
	}
}

// refusesOld answers 401 to the old token, as much of the body as it has read by then.
func refusesOld(header, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Authorization") == "Bearer "+oldToken {
			if header != "" {
				w.Header().Set("WWW-Authenticate", header)
			}
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, message)
			return
		}
		fmt.Fprintf(w, "%s %d", r.Method, len(body))
	}
}

func TestC48TheGatewayRenewsOnce(t *testing.T) {
	for _, h := range []http.HandlerFunc{
		refusesOld(`Bearer error="invalid_token"`, ""), refusesOld("", `{"message":"The incoming token has expired"}`),
	} {
		d := build(t, h)
		if res, body := d.send(d.request("POST", "/", strings.NewReader(strings.Repeat("x",
			1<<20)))); res.StatusCode != 200 || body != "POST 1048576" {
			t.Errorf("%d %s", res.StatusCode, body)
		}
		if len(d.requests()) != 2 {
			t.Errorf("%d requests", len(d.requests()))
		}
		// One that is too long is sent once, and its client is told the API's response.
		d = build(t, h)
		if res, _ := d.send(d.request("POST", "/", strings.NewReader(strings.Repeat("x", 1<<20+1)))); res.StatusCode != 401 ||
			len(d.requests()) != 1 {
			t.Errorf("%d after %d", res.StatusCode, len(d.requests()))
		}
		if got := <-d.problems; got != "one api-unauthorized" {
			t.Error(got)
		}
		if res, body := d.send(d.request("PUT", "/", strings.NewReader(strings.Repeat("x",
			1<<20+1)))); res.StatusCode != 200 || body != "PUT 1048577" {
			t.Errorf("then %d %s", res.StatusCode, body)
		}
	}
}

func TestNoTokenNoForwarding(t *testing.T) {
	d := build(t, hello)
	inAnHour := time.Now().Add(time.Hour)
	for err, status := range map[*fault.Error]int{
		fault.New(fault.SignInRequired): 502, fault.New(fault.CapReached).WithUntil(inAnHour): 503,
	} {
		d.tokens.err = err
		res, body := d.get("/")
		if res.StatusCode != status || !strings.Contains(body, string(err.Code)) ||
			res.Header.Get("X-Keyfob-Gateway") == "" ||
			slices.Contains([]string{"3600", "3599", "3598"}, res.Header.Get("Retry-After")) != (status == 503) {
			t.Errorf("%v: %d %v %s", err, res.StatusCode, res.Header, body)
		}
	}
	if len(d.requests()) > 0 {
		t.Error("something was sent")
	}
}

// An API that breaks off leaves a client with what came, and with the knowledge that it is not all.
func TestABrokenAnswerIsNotWhole(t *testing.T) {
	d := build(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat("x", 1<<20))
		panic(http.ErrAbortHandler)
	})
	tr := &http.Transport{DisableKeepAlives: true}
	res, err := tr.RoundTrip(d.request("GET", "/", nil))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err == nil {
		t.Error("it looks whole")
	}
}

// A client that leaves takes its request along.
func TestAClientThatLeaves(t *testing.T) {
	arrived, ended := make(chan struct{}), make(chan error, 1)
	d := build(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		ended <- r.Context().Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	tr := &http.Transport{DisableKeepAlives: true}
	if res, err := tr.RoundTrip(d.request("GET", "/", nil).WithContext(ctx)); err == nil {
		res.Body.Close()
		t.Error("it was answered")
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if len(d.problems) > 0 {
		t.Error(<-d.problems)
	}
}

// endless gives n bytes, without holding them.
type endless struct{ n int64 }

func (e *endless) Read(p []byte) (int, error) {
	if e.n <= 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), e.n)
	e.n -= n
	return int(n), nil
}

func TestStreamsTakeNoMemory(t *testing.T) {
	const size = 256 << 20
	d := build(t, func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		_, _ = io.Copy(w, &endless{n})
	})
	tr := &http.Transport{DisableKeepAlives: true}
	res, err := tr.RoundTrip(d.request("POST", "/", &endless{size}))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if n, err := io.Copy(io.Discard, res.Body); n != size || err != nil {
		t.Fatal(n, err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
		t.Errorf("%d bytes for %d", grown, size)
	}
}

// Strangers take up as many connections as they like, and a client is served all the same. The one that it has stays.
func TestStrangersLockNobodyOut(t *testing.T) {
	d := build(t, hello)
	tr := &http.Transport{MaxConnsPerHost: 1}
	defer tr.CloseIdleConnections()
	for range 2 {
		res, err := tr.RoundTrip(d.request("GET", "/", nil))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Error(res.Status)
		}
		for range maxConns + 2 {
			conn, err := net.Dial("tcp", d.address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
		}
	}
}

// A header that never ends holds nobody up for long; that it is cut off is net/http's, that it is told to is ours.
func TestLongHeadersAreRefused(t *testing.T) {
	d := build(t, hello)
	if got := d.raw("GET / HTTP/1.1\nHost: {host}\n{key}\nX-A: "+strings.Repeat("x", 2*headerBytes)+"\n\n",
		1); len(got) != 1 || got[0] != 431 {
		t.Error(got)
	}
	if got := d.raw("GET /"+strings.Repeat("x", headerBytes/2)+" HTTP/1.1\nHost: {host}\n{key}\n\n", 1); len(got) != 1 ||
		got[0] != 200 {
		t.Error(got)
	}
}

// FuzzTarget: whatever a client writes into its request line, what is dialled and asked lies below the base of its
// listener, where the profile allows more as well.
func FuzzTarget(f *testing.F) {
	for _, line := range []string{
		"GET / HTTP/1.1", "GET //evil HTTP/1.1", "GET http://evil/ HTTP/1.1", "GET /%2e%2e/x HTTP/1.1", "GET /a?b#c HTTP/1.1",
		"CONNECT evil:443 HTTP/1.1", "GET /..;/x HTTP/1.1", "OPTIONS * HTTP/1.1", "GET /@evil HTTP/1.1",
		"GET /\\evil HTTP/1.1", "GET /!0\"?a=\" HTTP/1.1", "GET /# HTTP/1.1",
	} {
		f.Add(line)
	}
	p := profile.Profile{ID: "acme", API: &profile.API{BaseURLs: []string{"https://api.example",
		"https://api.example/v1"}}}
	f.Fuzz(func(t *testing.T, line string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(line + "\r\nHost: x\r\n\r\n")))
		if err != nil || !strings.HasPrefix(r.RequestURI, "/") {
			return
		}
		u, err := apicall.Join("https://api.example/v1", r.RequestURI)
		if err != nil || !p.Receives(u.String()) {
			return
		}
		if u.Host != "api.example" || u.User != nil || u.Fragment != "" || !strings.HasPrefix(u.RequestURI(), "/v1/") ||
			u.Path != "/v1"+r.URL.Path || u.RawQuery != r.URL.RawQuery {
			t.Fatalf("%q is %q", line, u)
		}
	})
}
