//go:build linux

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyfob/e2e/apis"
	"keyfob/e2e/stage"
)

// What the gateway may cost, to a bare proxy of net/http/httputil that adds a fixed header.
const (
	leastRate   = 0.9      // times as many requests a second
	mostMiddle  = 1.25     // times as long for the request in the middle
	mostStream  = 12 << 20 // bytes of memory that it may grow by while it streams
	streamBytes = 1 << 30  // each way
)

// benchGateway puts the real gateway beside the bare proxy and beside nginx: the same API, the same callers, in turns.
// It streams first, when the gateway has not yet grown to what many callers need.
func benchGateway(b *testing.B, t *table) {
	h := openBenchGateway(b)
	h.streams(b, t)
	bare, keyfob, nginx := h.bare(), newContender(h.url, h.key), h.nginx()
	const blocks = 21
	for i := range blocks + 1 {
		for _, c := range [][]*contender{{bare, keyfob, nginx}, {nginx, keyfob, bare}}[i%2] {
			c.block(h.ctx, b)
		}
		if i == 0 { // it was for all to get warm
			bare.forget()
			keyfob.forget()
			nginx.forget()
		}
	}
	reportGateway(b, t, bare, keyfob, nginx)
}

func reportGateway(b *testing.B, t *table, bare, keyfob, nginx *contender) {
	b.Helper()
	rate := middle(keyfob.rates, bare.rates)
	b.ReportMetric(rate, "of-bare-req/s")
	t.hold(b, "gateway, requests/s to a bare proxy, 8 callers",
		fmt.Sprintf("%.2f (%.0f to %.0f; nginx %.0f)", rate, half(keyfob.rates), half(bare.rates), half(nginx.rates)),
		fmt.Sprintf("at least %.2f", leastRate), rate >= leastRate)
	took := middle(keyfob.middles, bare.middles)
	b.ReportMetric(took, "of-bare-p50")
	t.hold(b, "gateway, median request to a bare proxy",
		fmt.Sprintf("%.2f (%.2f to %.2f ms; nginx %.2f)",
			took, half(keyfob.middles), half(bare.middles), half(nginx.middles)),
		fmt.Sprintf("at most %.2f", mostMiddle), took <= mostMiddle)
}

// middle is the median of the ratios of blocks that were done in the same turn.
func middle(ours, theirs []float64) float64 {
	var ratios []float64
	for i := range ours {
		ratios = append(ratios, ours[i]/theirs[i])
	}
	return half(ratios)
}

// half is the median.
func half(of []float64) float64 { return slices.Sorted(slices.Values(of))[len(of)/2] }

// benchGatewayHouse is a gateway in front of an API that answers at once.
type benchGatewayHouse struct {
	*gatewayHouse

	authorization string // what all of them add
}

func openBenchGateway(b *testing.B) *benchGatewayHouse {
	b.Helper()
	h := &benchGatewayHouse{gatewayHouse: &gatewayHouse{
		desk:     newBenchDesk(b, stage.Options{NoDisplay: true, NoTrayHost: true}),
		provider: apis.NewHarmonics(b, apis.Options{}),
	}}
	h.api = httptest.NewServer(http.HandlerFunc(h.serve))
	b.Cleanup(h.api.Close)
	h.account()
	h.authorization = "Bearer " + strings.TrimSpace(h.keyfob(0, "token", "harmonics").Out)
	h.start()
	return h
}

const answerBytes = 1 << 10

// serve is the API. Who does not show the token gets nothing.
func (h *benchGatewayHouse) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != h.authorization:
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/v3/orders":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(make([]byte, answerBytes))
	case r.URL.Path == "/v3/down":
		_, _ = io.CopyN(w, zeros{}, streamBytes)
	case r.URL.Path == "/v3/up":
		n, _ := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// streams sends a gigabyte each way, and looks at what the gateway's memory does meanwhile.
func (h *benchGatewayHouse) streams(b *testing.B, t *table) {
	down := func(body io.Reader) bool {
		n, err := io.Copy(io.Discard, body)
		return err == nil && n == streamBytes
	}
	up := func(body io.Reader) bool {
		said, err := io.ReadAll(body)
		return err == nil && string(said) == fmt.Sprint(streamBytes)
	}
	h.stream(b, t, "down", http.NoBody, 0, down)
	h.stream(b, t, "up", io.LimitReader(zeros{}, streamBytes), streamBytes, up)
}

func (h *benchGatewayHouse) stream(
	b *testing.B, t *table, way string, body io.Reader, length int64, whole func(io.Reader) bool,
) {
	b.Helper()
	r := must(http.NewRequestWithContext(h.ctx, http.MethodPost, h.url+"/"+way, body))(b)
	r.Header.Set("X-Keyfob-Key", h.key)
	r.ContentLength = length
	before := must(usageOf(h.process.PID()))(b)
	if err := resetPeak(h.process.PID()); err != nil {
		b.Fatal(err)
	}
	var network http.Transport
	defer network.CloseIdleConnections()
	began := time.Now()
	res := must(network.RoundTrip(r))(b)
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || !whole(res.Body) {
		b.Fatalf("%s: %s, and not all of it", way, res.Status)
	}
	took := time.Since(began)
	grown := must(usageOf(h.process.PID()))(b).peak - before.memory
	b.ReportMetric(float64(grown)/(1<<20), "MB-more-"+way)
	t.hold(b, "gateway, memory over a gigabyte "+way,
		fmt.Sprintf("%.1f MB more (from %.1f; %.0f MB/s)", float64(grown)/(1<<20), float64(before.memory)/(1<<20),
			float64(streamBytes>>20)/took.Seconds()),
		fmt.Sprintf("at most %d MB more", mostStream>>20), grown <= mostStream)
}

// bare starts the proxy that does nothing but add the header.
func (h *benchGatewayHouse) bare() *contender {
	h.Helper()
	path := folder("KEYFOB_BARE_PROXY", "build/bench/bare-proxy")
	p := must(h.Start(h.ctx, path, h.api.URL+"/v3", h.authorization))(h)
	for !strings.HasSuffix(p.Output(), "\n") {
		if p.ExitCode() >= 0 || !pause(h.ctx, 10*time.Millisecond) {
			h.Fatalf("the bare proxy did not start: %s", p.Output())
		}
	}
	return newContender(strings.TrimSpace(p.Output()), h.key)
}

// nginxConfig is nginx as it would stand in the gateway's place: one worker, which keeps its connections.
const nginxConfig = `daemon off; master_process off; worker_processes 1; pid %[1]s/pid; error_log stderr;
events { worker_connections 256; }
http {
	access_log off; client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi; uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	keepalive_requests 1000000;
	upstream api { server %[2]s; keepalive 64; keepalive_requests 1000000; }
	server {
		listen %[3]s;
		location / {
			proxy_pass http://api/v3/;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Authorization "%[4]s";
		}
	}
}
`

// nginx starts one of its own, with nothing of the system's.
func (h *benchGatewayHouse) nginx() *contender {
	h.Helper()
	path, err := exec.LookPath("nginx")
	if err != nil {
		path = folder("KEYFOB_NGINX", "build/nginx/usr/sbin/nginx")
	}
	dir, address := h.Path("home/nginx"), freeAddress(h)
	if err := os.Mkdir(dir, 0o700); err != nil {
		h.Fatal(err)
	}
	config := fmt.Sprintf(nginxConfig, dir, must(url.Parse(h.api.URL))(h).Host, address, h.authorization)
	if err := os.WriteFile(dir+"/nginx.conf", []byte(config), 0o600); err != nil {
		h.Fatal(err)
	}
	p, err := h.Start(h.ctx, path, "-p", dir, "-e", "stderr", "-c", dir+"/nginx.conf")
	if err != nil {
		h.Fatal("nginx is not there; tools/setup.sh bench brings it: ", err)
	}
	for !answers(h.ctx, address) {
		if p.ExitCode() >= 0 || !pause(h.ctx, 10*time.Millisecond) {
			h.Fatalf("nginx did not start: %s", p.Output())
		}
	}
	return newContender("http://"+address, h.key)
}

// freeAddress is one at which nobody listens: nginx cannot look for one itself.
func freeAddress(b testing.TB) string {
	b.Helper()
	l := must((&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0"))(b)
	defer l.Close()
	return l.Addr().String()
}

func answers(ctx context.Context, address string) bool {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// contender is one of those that are measured.
type contender struct {
	address string
	request []byte // as it goes over the wire, the same for all

	rates   []float64 // requests a second, by block
	middles []float64 // ms that the request in the middle took
}

func newContender(base, key string) *contender {
	address := strings.TrimPrefix(base, "http://")
	return &contender{address: address, request: fmt.Appendf(nil,
		"GET /orders HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nAccept: */*\r\nX-Keyfob-Key: %s\r\n\r\n", address, key)}
}

func (c *contender) forget() { c.rates, c.middles = nil, nil }

// block has callers side by side, each on a connection that it keeps, ask again and again.
func (c *contender) block(ctx context.Context, b *testing.B) {
	b.Helper()
	const callers, each = 8, 400
	took := make([][]time.Duration, callers)
	lines := make([]net.Conn, callers)
	for i := range lines {
		lines[i] = must((&net.Dialer{}).DialContext(ctx, "tcp", c.address))(b)
		defer lines[i].Close()
	}
	began := time.Now()
	var all sync.WaitGroup
	for i, line := range lines {
		all.Go(func() { took[i] = c.calls(b, line, each) })
	}
	all.Wait()
	c.rates = append(c.rates, callers*each/time.Since(began).Seconds())
	every := slices.Concat(took...)
	if len(every) < callers*each {
		b.FailNow()
	}
	c.middles = append(c.middles, ms(median(every)))
}

// calls asks so many times, and tells how long each took. It speaks HTTP by itself, as net/http's client would take
// more than what is measured.
func (c *contender) calls(b *testing.B, line net.Conn, n int) (took []time.Duration) {
	in := bufio.NewReader(line)
	for range n {
		began := time.Now()
		if _, err := line.Write(c.request); err != nil {
			b.Error(err)
			return took
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			b.Error(err)
			return took
		}
		got, err := io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK || got != answerBytes {
			b.Errorf("%s: %s, %d bytes, %v", c.address, res.Status, got, err)
			return took
		}
		took = append(took, time.Since(began))
	}
	return took
}
