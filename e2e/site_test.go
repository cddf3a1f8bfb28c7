//go:build linux

package e2e

import (
	"bufio"
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

//go:embed pages
var pages embed.FS

// site is the attacker's web site. It answers to every name that leads to it.
type site struct {
	*httptest.Server
	exits chan string // what Referer came to /exit
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{exits: make(chan string, 8)}
	mux := http.NewServeMux()
	mux.Handle("/", http.FileServerFS(must(fs.Sub(pages, "pages"))(t)))
	mux.HandleFunc("/hop", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.FormValue("to"), http.StatusFound)
	})
	mux.HandleFunc("/exit", func(_ http.ResponseWriter, r *http.Request) { s.exits <- r.Referer() })
	s.Server = httptest.NewUnstartedServer(mux)
	s.Config.SetKeepAlivesEnabled(false) // a name that is rebound leads elsewhere with its next request
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// tap stands between the browser and the port where Keyfob waits, and writes down what passes. It changes nothing: each
// request and each answer is handed on as it came, byte for byte.
type tap struct {
	net.Listener
	keyfob string // where Keyfob waits
	site   string // where a name leads that is not rebound yet

	mu      sync.Mutex
	rebound bool
	before  func(*http.Request) // called before a request is handed on
	visits  []visit
	changed chan struct{} // closed at the next visit
	conns   []net.Conn
	passing sync.WaitGroup
}

// visit is a request to Keyfob and its answer.
type visit struct {
	*http.Request
	answer          *http.Response
	asked, answered time.Time
}

// via is the way that an attacker's page found to send it.
func (v visit) via() string { return v.URL.Query().Get("via") }

func (v visit) String() string {
	return fmt.Sprintf("%s http://%s%s, %q for %q: %s", v.Method, v.Host, v.URL.Path, v.via(),
		v.Header.Get("Sec-Fetch-Dest"), v.answer.Status)
}

func newTap(t testing.TB, keyfob, site string) *tap {
	t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	p := &tap{Listener: l, keyfob: keyfob, site: site, before: func(*http.Request) {}, changed: make(chan struct{})}
	p.passing.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (t *tap) accept() {
	for {
		conn, err := t.Accept()
		if err != nil {
			return
		}
		t.remember(conn)
		t.passing.Go(func() {
			defer conn.Close()
			t.pass(conn)
		})
	}
}

func (t *tap) remember(conn net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conns = append(t.conns, conn)
}

func (t *tap) close() {
	_ = t.Listener.Close()
	t.mu.Lock()
	for _, conn := range t.conns {
		_ = conn.Close()
	}
	t.mu.Unlock()
	t.passing.Wait()
}

// pass hands on one connection's requests, one after the other, until a side ends it.
func (t *tap) pass(browser net.Conn) {
	var sent bytes.Buffer
	in := bufio.NewReader(io.TeeReader(browser, &sent))
	v, err := readRequest(in)
	if err != nil {
		return // a connection made ahead of need
	}
	server, err := net.Dial("tcp", t.route(v.Host))
	if err != nil {
		return
	}
	defer server.Close()
	t.remember(server)
	var got bytes.Buffer
	out := bufio.NewReader(io.TeeReader(server, &got))
	for ; err == nil; v, err = readRequest(in) {
		t.announce(v.Request)
		if _, err := sent.WriteTo(server); err != nil {
			return
		}
		if v.answer, err = readAnswer(out, v.Request); err != nil {
			return
		}
		v.answered = time.Now()
		if server.RemoteAddr().String() == t.keyfob {
			t.note(v)
		}
		if _, err := got.WriteTo(browser); err != nil || v.answer.Close {
			return
		}
	}
}

func readRequest(in *bufio.Reader) (visit, error) {
	r, err := http.ReadRequest(in)
	if err != nil {
		return visit{}, err
	}
	_, err = io.Copy(io.Discard, r.Body)
	return visit{Request: r, asked: time.Now()}, err
}

func readAnswer(out *bufio.Reader, to *http.Request) (*http.Response, error) {
	answer, err := http.ReadResponse(out, to)
	if err == nil {
		_, err = io.Copy(io.Discard, answer.Body)
	}
	return answer, err
}

func (t *tap) route(host string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if strings.HasPrefix(host, rebound+":") && !t.rebound {
		return t.site
	}
	return t.keyfob
}

// rebind lets the attacker's name lead to Keyfob from now on.
func (t *tap) rebind() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rebound = true
}

// listen lets hear see every request before Keyfob does.
func (t *tap) listen(hear func(*http.Request)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.before = hear
}

func (t *tap) announce(r *http.Request) {
	t.mu.Lock()
	before := t.before
	t.mu.Unlock()
	before(r)
}

func (t *tap) note(v visit) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.visits = append(t.visits, v)
	close(t.changed)
	t.changed = make(chan struct{})
}

// seen is what has passed, and tells of more.
func (t *tap) seen() (visits []visit, more <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.visits), t.changed
}
