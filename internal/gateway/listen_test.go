package gateway

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"

	"keyfob/internal/apicall"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// with is a gateway to an API at those base URLs, which has no listeners yet.
func with(t *testing.T, bases ...string) *Server {
	t.Helper()
	s, err := New(Options{Profile: profile.Profile{ID: "acme", API: &profile.API{BaseURLs: bases}},
		Credentials: apicall.CredentialsOf(&tokens{})})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// two are a gateway to two APIs, the second of which has two base URLs.
func two(t *testing.T, h http.HandlerFunc) (d *fixture, second *httptest.Server) {
	t.Helper()
	d = &fixture{t: t, tokens: &tokens{}, problems: make(chan string, 64), log: &buffer{}}
	d.api = httptest.NewServer(h)
	t.Cleanup(d.api.Close)
	second = httptest.NewServer(h)
	t.Cleanup(second.Close)
	d.open(Options{Profile: profile.Profile{ID: "acme", API: &profile.API{BaseURLs: []string{
		d.api.URL, second.URL + "/planning/v1/", second.URL + "/planning/v1", second.URL + "/vehicle/v1",
	}}}})
	return d, second
}

// Each listener leads to its own base URL, by every way of asking that is answered at all.
func TestA59EachListenerHasItsOwnUpstream(t *testing.T) {
	d, second := two(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Host, r.RequestURI) })
	first, host := d.api.Listener.Addr().String(), second.Listener.Addr().String()
	listeners := map[string]string{d.address: first, d.others[0]: host + "/planning/v1", d.others[1]: host + "/vehicle/v1"}
	if len(listeners) != 3 || len(d.others) != 2 {
		t.Fatal(d.address, d.others)
	}
	for listener, base := range listeners {
		d.address = listener
		for path, want := range map[string]string{
			"/": "/", "/orders?a=b": "/orders?a=b", "/planning/v1/x": "/planning/v1/x", "/vehicle/v1": "/vehicle/v1",
			"/@" + host: "/@" + host, "/x?u=http://" + first + "/../vehicle": "/x?u=http://" + first + "/../vehicle",
		} {
			r := d.request("GET", path, nil)
			r.Header.Set("X-Forwarded-Host", first)
			r.Header.Set("X-Original-URL", "/vehicle/v1/")
			r.Header.Set("X-Forwarded-Prefix", "/vehicle/v1")
			if res, body := d.send(r); res.StatusCode != http.StatusOK || body != base+want {
				t.Errorf("%s at the listener to %s: %d %s", path, base, res.StatusCode, body)
			}
		}
		for other := range listeners {
			for _, line := range []string{
				"GET http://" + other + "/ HTTP/1.1", "GET /../../vehicle/v1/ HTTP/1.1", "GET /..%2fv1/ HTTP/1.1",
				"GET /%2e%2e/%2e%2e/planning/v1/x HTTP/1.1", "GET //" + other + "/ HTTP/1.1", "CONNECT " + other + " HTTP/1.1",
			} {
				if got := d.raw(line+"\nHost: {host}\n{key}\n\n", 1); len(got) != 1 || got[0] < 400 || got[0] >= 500 {
					t.Errorf("%s at the listener to %s: %v", line, base, got)
				}
			}
			if got := d.raw("GET / HTTP/1.1\nHost: "+other+"\n{key}\n\n", 1); (other == listener) != slices.Equal(got,
				[]int{200}) {
				t.Errorf("as %s at the listener to %s: %v", other, base, got)
			}
		}
	}
}

// What one listener has learned of a token holds at the others: a new one that is refused all the same is not asked for
// again.
func TestListenersShareOneTransport(t *testing.T) {
	d, _ := two(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
	})
	for _, listener := range append(d.others, d.address) {
		d.address = listener
		if res, _ := d.get("/"); res.StatusCode != http.StatusUnauthorized {
			t.Error(res.Status)
		}
	}
	if d.tokens.asked != 1 {
		t.Errorf("another token was asked for %d times", d.tokens.asked)
	}
}

// row finds so many ports in a row that are free.
func row(t *testing.T, n uint16) (first netip.AddrPort) {
	t.Helper()
	for port := uint16(20000); port < 30000; port += n {
		first = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
		free := true
		for i := range n {
			l, err := net.Listen("tcp", netip.AddrPortFrom(first.Addr(), port+i).String())
			if free = free && err == nil; err == nil {
				l.Close()
			}
		}
		if free {
			return first
		}
	}
	t.Fatal("there is no such row")
	return first
}

func TestListenersOnPortsInARow(t *testing.T) {
	s := with(t, "https://one.example/v1/", "https://two.example", "https://one.example/v1", "https://two.example/")
	at := row(t, 2)
	listeners, err := s.Listen(t.Context(), at.String())
	if err != nil {
		t.Fatal(err)
	}
	second := netip.AddrPortFrom(at.Addr(), at.Port()+1).String()
	if len(listeners) != 2 || listeners[0].URL() != "http://"+at.String() || listeners[1].URL() != "http://"+second ||
		listeners[0].Base != "https://one.example/v1" || listeners[1].Base != "https://two.example" {
		t.Errorf("%v", listeners)
	}
	listeners.Close()
	if _, err = s.Listen(t.Context(), "127.0.0.1:65535"); fault.CodeOf(err) != fault.BadUsage ||
		fault.Of(err).Args["address"] != "127.0.0.1:65535" {
		t.Error(err)
	}

	taken, err := net.Listen("tcp", second)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if _, err = s.Listen(t.Context(), at.String()); fault.CodeOf(err) != fault.PortsBusy ||
		fault.Of(err).Args["addresses"] != second {
		t.Errorf("the second is taken: %v", err)
	}
	if l, err := net.Listen("tcp", at.String()); err != nil {
		t.Errorf("the first stays open: %v", err)
	} else {
		l.Close()
	}
}

// A listener that breaks ends them all, and says so.
func TestAListenerThatBreaks(t *testing.T) {
	s := with(t, "https://one.example", "https://two.example")
	listeners, err := s.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listeners[1].Listener.Close()
	if err := s.Serve(t.Context(), listeners); fault.CodeOf(err) != fault.Internal {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", listeners[0].Addr().String()); err == nil {
		conn.Close()
		t.Error("the other is open still")
	}
}
