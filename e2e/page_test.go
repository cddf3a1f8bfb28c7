//go:build linux

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"keyfob/e2e/stage"
)

// Names of the attacker's. The second is a site's at first, and leads to this machine later.
const (
	attacker = "attacker.test"
	rebound  = "rebound.test"
)

// arrival is how long a request may take to arrive, on a machine with other things to do.
const arrival = 20 * time.Second

// The ways that pages/ways.js knows, by what a browser makes of them.
var (
	elements = []string{
		"img", "srcset", "img-credentials", "img-redirect", "input-image", "script", "module", "stylesheet", "background",
		"font", "video", "audio", "object", "embed", "iframe", "iframe-sandbox", "iframe-redirect", "form-get-iframe",
	}
	scripts = []string{
		"import", "fetch-cors", "fetch-credentials", "fetch-no-cors", "fetch-redirect", "fetch-keepalive", "xhr",
		"eventsource",
	}
	sockets = []string{"websocket"}                     // their handshake does not say what it is for
	workers = []string{"worker-cors", "worker-no-cors"} // only where a page is trusted: on this machine, or with https
	aheads  = []string{
		"prefetch", "prefetch-document", "preload", "modulepreload", "speculate-prefetch", "speculate-prerender",
	}
	methods = []string{"fetch-post", "fetch-head", "fetch-preflight", "beacon", "ping", "form-post", "form-post-iframe"}
	windows = []string{"form-get", "open", "open-redirect", "refresh"}
)

// hunt is a web site that is after a sign-in, in the browser in which the sign-in is to happen.
type hunt struct {
	*waiting
	site *site
	tap  *tap
}

func newHunt(t testing.TB) *hunt {
	t.Helper()
	h := &hunt{waiting: newWaiting(t), site: newSite(t)}
	h.tap = newTap(t, h.callback.Host, h.site.Listener.Addr().String())
	must(h.StartBrowser(h.ctx, map[string]string{"host-resolver-rules": h.rules()}))(t)
	return h
}

// rules tells Chromium where names lead: all that could mean Keyfob's port, to the tap.
func (h *hunt) rules() string {
	rules := []string{fmt.Sprintf("MAP %s %s", attacker, h.site.Listener.Addr())}
	for _, name := range []string{"127.0.0.1", "127.0.0.2", "0.0.0.0", "localhost", "[::1]", rebound} {
		rules = append(rules, fmt.Sprintf("MAP %s:%s %s", name, h.callback.Port(), h.tap.Addr()))
	}
	return strings.Join(rules, ", ")
}

// visit opens the attacker's page by one of its names.
func (h *hunt) visit(host string) *stage.Tab {
	h.Helper()
	return must(h.Browse(h.ctx, "http://"+host+"/hostile.html"))(h)
}

// local is the attacker's site by this machine's own address: a browser trusts it more, and takes it for the same site.
func (h *hunt) local() string { return h.site.Listener.Addr().String() }

// forged is the callback with what a page made up, such as "code=x&state=y".
func (h *hunt) forged(query string) string { return h.at(h.callback.Hostname(), query) }

// at is the same by another name.
func (h *hunt) at(host, query string) string {
	u := *h.callback
	u.Host, u.RawQuery = net.JoinHostPort(host, u.Port()), query
	return u.String()
}

// attack goes all those ways to an address. Each must arrive, so that it is Keyfob that refuses and not the browser;
// each must be refused; and the page must have read nothing.
func (h *hunt) attack(page *stage.Tab, address string, ways ...[]string) {
	h.Helper()
	before, _ := h.tap.seen()
	names := slices.Concat(ways...)
	script := fmt.Sprintf("attack(%s, %s)", literal(names), literal(address))
	for _, read := range must(stage.Evaluate[[]string](h.ctx, page, script))(h) {
		h.Errorf("the page could read %s", read)
	}
	for _, v := range h.arrived(len(before), names) {
		h.wantRefused(v)
	}
}

func literal(v any) string {
	data, _ := json.Marshal(v) // strings
	return string(data)
}

// arrived waits for all that were sent, after the first n visits.
func (h *hunt) arrived(n int, names []string) []visit {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.ctx, arrival)
	defer cancel()
	for {
		visits, more := h.tap.seen()
		missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
			return slices.ContainsFunc(visits[n:], func(v visit) bool { return v.via() == name })
		})
		if len(missing) == 0 {
			return visits[n:]
		}
		select {
		case <-more:
		case <-ctx.Done():
			h.Fatalf("Chromium never sent %q, only %v", missing, visits[n:])
		}
	}
}

// receive waits for what the browser does next.
func (h *hunt) receive(from <-chan string) string {
	h.Helper()
	select {
	case s := <-from:
		return s
	case <-time.After(arrival):
		h.Fatal("the browser did not do it")
		return ""
	}
}

func (h *hunt) wantRefused(v visit) {
	h.Helper()
	if v.answer.StatusCode < 400 || v.answer.StatusCode >= 500 || v.answer.Header.Get("Location") != "" {
		h.Errorf("not refused: %v", v)
	}
	for name := range v.answer.Header {
		if strings.HasPrefix(name, "Access-Control") {
			h.Errorf("%s: %v", name, v)
		}
	}
}

// A page with a name and a page at this machine's address: neither can read, end or complete anything. To Chromium both
// are on this machine, or its Local Network Access checks would refuse most of it and leave nothing to test.
func TestA09AHostilePageNeitherEndsNorCompletesTheSignIn(t *testing.T) {
	h := newHunt(t)
	h.attack(h.visit(attacker), h.forged("code=forged&state=guess"), elements, scripts, sockets)
	h.attack(h.visit(h.local()), h.forged("code=forged&state=guess"), elements, scripts, sockets, workers)
	h.signIn()
}

// The worst case: the page knows the state. What a browser sends without showing it is still refused.
func TestA09APageThatKnowsTheStateCannotUseItUnseen(t *testing.T) {
	h := newHunt(t)
	h.attack(h.visit(attacker), h.forged("code=forged&state="+h.state), elements, scripts, sockets)
	h.attack(h.visit(h.local()), h.forged("error=access_denied&state="+h.state), elements, scripts, sockets, workers)
	h.signIn()
}

// A page can send a whole window to the callback, as the provider does. Then the state is all that tells the two apart.
// The page loses the window by it, so that it cannot follow what Keyfob says there with something of its own.
func TestA01A06WindowsWithoutTheStateAreIgnored(t *testing.T) {
	h := newHunt(t)
	page := h.visit(attacker)
	for _, query := range []string{"code=forged&state=guess", "error=access_denied"} {
		h.attack(page, h.forged(query), windows)
	}
	for _, query := range []string{
		"", "code=forged&state=", "state=" + h.state + "x", "code=forged&state=" + h.state + "&state=" + h.state,
		"code=forged&STATE=" + h.state, "error=access_denied&error_description=x&state=", "error=&state=guess",
	} {
		h.attack(page, h.forged(query), windows[:1])
	}
	ctx, cancel := context.WithTimeout(h.ctx, arrival)
	defer cancel()
	lose := fmt.Sprintf("lose(%s)", literal(h.forged("code=forged&state=guess")))
	if _, err := stage.Evaluate[any](ctx, page, lose); err != nil {
		t.Errorf("the page keeps the window: %v", err)
	}
	h.signIn()
}

// Keyfob's port has other names. Through a rebound one it is even the page's own origin, and the browser holds nothing
// back: then all that there is to read is a refusal.
func TestA08OnlyTheBoundNameReachesTheCallback(t *testing.T) {
	h := newHunt(t)
	query := "code=forged&state=" + h.state
	native := h.visit(net.JoinHostPort(rebound, h.callback.Port()))
	h.tap.rebind()
	for _, way := range []string{"fetch(%s).then(text)", "fetch(%s, {method: 'POST'}).then(text)", "xhr(%s)"} {
		script := fmt.Sprintf(way, literal(h.at(rebound, query)))
		if read := must(stage.Evaluate[string](h.ctx, native, script))(t); read != "421 Misdirected Request\n" {
			t.Errorf("%s: %q", way, read)
		}
	}
	page := h.visit(attacker)
	for _, name := range []string{rebound, "localhost", "0.0.0.0", "127.0.0.2", "::1"} {
		h.attack(page, h.at(name, query), []string{"img", "iframe", "fetch-no-cors", "open", "form-post"})
	}
	visits, _ := h.tap.seen()
	for _, v := range visits {
		if v.answer.StatusCode != http.StatusMisdirectedRequest {
			t.Error(v)
		}
	}
	h.signIn()
}

// Neither what a browser fetches ahead of need nor any method but GET counts, not even with the state.
func TestA10A11AheadOfNeedAndOtherMethodsAreRefused(t *testing.T) {
	h := newHunt(t)
	for _, host := range []string{attacker, h.local()} {
		page := h.visit(host)
		h.attack(page, h.forged("code=forged&state="+h.state), aheads) // alone: a page behind a window speculates not
		h.attack(page, h.forged("code=forged&state="+h.state), methods)
	}
	want := map[string]int{"POST": http.StatusMethodNotAllowed, "HEAD": http.StatusMethodNotAllowed,
		"OPTIONS": http.StatusMethodNotAllowed, "GET": http.StatusNotFound}
	visits, _ := h.tap.seen()
	for _, v := range visits {
		if v.answer.StatusCode != want[v.Method] {
			t.Error(v)
		}
	}
	h.signIn()
}

// The page that waits for the outcome cannot be framed, even by somebody who knows its address.
func TestA09TheResultPageCannotBeFramed(t *testing.T) {
	h := newHunt(t)
	page := h.visit(attacker)
	held, shown := make(chan string, 1), make(chan struct{})
	show := sync.OnceFunc(func() { close(shown) })
	defer show()
	var once sync.Once
	h.tap.listen(func(r *http.Request) {
		if r.URL.Path != h.callback.Path && r.URL.RawQuery == "" { // the person's own; the attacker's has a query
			once.Do(func() { held <- "http://" + r.Host + r.URL.Path; <-shown })
		}
	})
	tab := must(h.Browse(h.ctx, h.address))(t)
	if err := tab.SignIn(h.ctx, "jane", "keyfob"); err != nil {
		t.Fatal(err)
	}
	result := h.receive(held)
	before, _ := h.tap.seen()
	ctx, cancel := context.WithTimeout(h.ctx, arrival)
	defer cancel()
	if err := page.Complains(ctx, "frame-ancestors 'none'", func() error {
		_, err := stage.Evaluate[[]string](ctx, page, fmt.Sprintf("attack(['iframe'], %s)", literal(result)))
		return err
	}); err != nil {
		t.Error(err)
	}
	h.arrived(len(before), []string{"iframe"})
	show()
	h.wantDone()
}

// What the address bar, the Back button and the next site get to know has no code in it. (The file of visits that
// Chromium keeps has the redirect with its code, whatever we answer; by then the code is spent.)
func TestC09TheCodeStaysOutOfTheTabAndTheReferrer(t *testing.T) {
	h := newHunt(t)
	tab := h.signIn()
	for _, address := range must(tab.History(h.ctx))(t) {
		if strings.Contains(address, "code=") || strings.Contains(address, h.state) {
			t.Errorf("the tab's history has %s", address)
		}
	}
	leave := fmt.Sprintf("void (location.href = %s)", literal("http://"+attacker+"/exit"))
	must(stage.Evaluate[any](h.ctx, tab, leave))(t)
	if referer := h.receive(h.site.exits); referer != "" {
		t.Errorf("the next site learns %s", referer)
	}
}
