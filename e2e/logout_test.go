//go:build linux

package e2e

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"keyfob/e2e/stage"
)

// TestC54TheBrowsersSessionEndsToo: after a sign-out here the browser is still signed in at the provider, so that the
// next sign-in asks nobody anything; after one with --browser it asks again.
func TestC54TheBrowsersSessionEndsToo(t *testing.T) {
	for _, shape := range []stage.Shape{stage.Plain, stage.Auth0} {
		t.Run(string(shape), func(t *testing.T) {
			d := newDesk(t, stage.Options{NoDisplay: true, NoTrayHost: true})
			d.importProfile(d.provider(shape), "acme")
			b := newCookieBrowser(t)
			b.signIn(d, true)
			d.keyfob(0, "logout", "acme")
			b.signIn(d, false)

			said := d.keyfob(0, "logout", "acme", "--browser")
			page := regexp.MustCompile(`(?m)^  (http\S+)$`).FindStringSubmatch(said.Out)
			if page == nil || strings.Contains(page[1], "hint") {
				t.Fatalf("%q in\n%s", page, said.Out)
			}
			b.signOut(d, page[1])
			b.signIn(d, true)
		})
	}
}

// cookieBrowser remembers cookies, and so who is signed in where.
type cookieBrowser struct{ http.Client }

func newCookieBrowser(t *testing.T) *cookieBrowser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &cookieBrowser{http.Client{Jar: jar, Transport: &http.Transport{}}}
	t.Cleanup(b.CloseIdleConnections)
	return b
}

// signIn signs Jane in, and wants to be asked who she is, or not to be.
func (b *cookieBrowser) signIn(d *desk, asked bool) {
	d.Helper()
	login := must(d.StartKeyfob(d.ctx, "login", "acme"))(d)
	at := must(endOf(d.ctx, &b.Client, http.MethodGet, must(d.Opened(d.ctx))(d).URL, nil))(d)
	if strings.Contains(at, "/done/") == asked {
		d.Fatalf("asked: %v was expected, and it ended at %s", asked, at)
	}
	if asked {
		person := url.Values{"username": {"jane"}, "password": {"keyfob"}}
		must(endOf(d.ctx, &b.Client, http.MethodPost, at, person))(d)
	}
	if err := login.Wait(d.ctx); err != nil {
		d.Fatal(err, login.Output())
	}
}

// signOut says yes on the provider's page.
func (b *cookieBrowser) signOut(d *desk, page string) {
	d.Helper()
	res, err := b.Get(page)
	if err != nil {
		d.Fatal(err)
	}
	defer res.Body.Close()
	text := string(must(io.ReadAll(res.Body))(d))
	form := regexp.MustCompile(`action="([^"]+)".*name="xsrf" value="([^"]+)"`).FindStringSubmatch(text)
	if form == nil {
		d.Fatalf("%s answers %d:\n%s", page, res.StatusCode, text)
	}
	yes := url.Values{"xsrf": {form[2]}, "logout": {"yes"}}
	must(endOf(d.ctx, &b.Client, http.MethodPost, form[1], yes))(d)
}
