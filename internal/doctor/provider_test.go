package doctor

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/assets"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

func TestAHealthyProviderHasNoProblem(t *testing.T) {
	t.Setenv("SSL_CERT_FILE", "")
	t.Setenv("SSL_CERT_DIR", "")
	d, p := clinic(t), newProvider(t)
	d.trust(p)
	d.add(t, "acme", p.URL)
	checks := d.visitAll(t)
	want(t, checks, map[string]string{
		"agent": "ok", "socket": "skipped", "keychain": "ok", "tray": "ok", "browser": "ok",
		"acme: proxy": "ok", "acme: dns": "ok", "acme: tls": "ok", "acme: clock": "ok",
		"acme: discovery": "ok", "acme: jwks": "ok", "acme: callback": "ok",
	})
	if tls := checks["acme: tls"].Text; tls != "TLS 1.3, signed by Acme Co" {
		t.Errorf("%q", tls)
	}
	if d.report.Problem() != nil {
		t.Error(d.report.Problem())
	}
}

// TestF03F10AnUnwellProvider: each of them shows at the look that is about it, and what lies behind is not reached.
func TestF03F10AnUnwellProvider(t *testing.T) {
	html := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>sign in to the network")) }
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	for name, c := range map[string]struct {
		spoil func(*provider, *doctor)
		want  map[string]string
	}{
		"a company's authority that is not known here": {
			func(_ *provider, d *doctor) { d.way.base.TLSClientConfig.RootCAs = nil },
			map[string]string{"tls": "fail tls-failure", "clock": "skipped", "discovery": "skipped", "jwks": "skipped"},
		},
		"not there": {
			func(p *provider, _ *doctor) { p.Close() },
			map[string]string{"tls": "fail offline", "clock": "skipped", "discovery": "skipped", "jwks": "skipped"},
		},
		"a clock that is behind": {
			func(p *provider, _ *doctor) { p.tell(describedAt, -3*time.Hour, 0) },
			map[string]string{"tls": "ok", "clock": "warn clock-wrong", "discovery": "ok", "jwks": "ok"},
		},
		"a cache that has had it for hours": {
			func(p *provider, _ *doctor) { p.tell(describedAt, -3*time.Hour, 3*time.Hour) },
			map[string]string{"clock": "ok"},
		},
		"another issuer": {
			func(p *provider, _ *doctor) { p.describe("issuer", p.URL+"/") },
			map[string]string{"tls": "ok", "clock": "ok", "discovery": "fail issuer-mismatch", "jwks": "skipped"},
		},
		"no S256": {
			func(p *provider, _ *doctor) { p.describe("code_challenge_methods_supported", []string{"plain"}) },
			map[string]string{"discovery": "fail pkce-unsupported"},
		},
		"a network's sign-in page": {
			func(p *provider, _ *doctor) { p.pages[describedAt] = html },
			map[string]string{"tls": "ok", "discovery": "fail network-portal"},
		},
		"somewhere else": {
			func(p *provider, _ *doctor) { p.pages[describedAt] = status(http.StatusFound) },
			map[string]string{"tls": "ok", "discovery": "fail redirect-refused"},
		},
		"a problem of its own": {
			func(p *provider, _ *doctor) { p.pages[describedAt] = status(http.StatusBadGateway) },
			map[string]string{"tls": "ok", "discovery": "fail provider-trouble", "jwks": "skipped"},
		},
		"no keys": {
			func(p *provider, _ *doctor) { delete(p.pages, keysAt) },
			map[string]string{"discovery": "ok", "jwks": "fail signing-keys"},
		},
		"keys that are none": {
			func(p *provider, _ *doctor) { p.pages[keysAt] = answer(map[string]any{"keys": []any{"x"}}) },
			map[string]string{"discovery": "ok", "jwks": "fail signing-keys"},
		},
		"no ID tokens": {
			func(p *provider, _ *doctor) { p.describe("jwks_uri", "") },
			map[string]string{"discovery": "ok", "jwks": "skipped"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, p := clinic(t), newProvider(t)
			d.trust(p)
			d.add(t, "acme", p.URL)
			c.spoil(p, d)
			checks, wanted := d.visitAll(t), map[string]string{"acme: callback": "ok"}
			for name, state := range c.want {
				wanted["acme: "+name] = state
			}
			want(t, checks, wanted)
		})
	}
}

// TestF03F10AProviderThatIsNotAskedBeforeAToken: what its profile names needs no description, but the way to it and its
// clock are looked at all the same, by one request that costs nobody a token.
func TestF03F10AProviderThatIsNotAskedBeforeAToken(t *testing.T) {
	t.Setenv("SSL_CERT_FILE", "")
	t.Setenv("SSL_CERT_DIR", "")
	elsewhere := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) }
	good := map[string]string{"tls": "ok", "clock": "ok", "discovery": "skipped", "jwks": "skipped", "callback": "skipped"}
	for name, c := range map[string]struct {
		spoil func(*provider, *doctor)
		want  map[string]string
	}{
		"all is well":           {func(*provider, *doctor) {}, good},
		"its page is elsewhere": {func(p *provider, _ *doctor) { p.pages["/"] = elsewhere }, good},
		"a clock that is behind": {
			func(p *provider, _ *doctor) { p.tell("/", -3*time.Hour, 0) },
			map[string]string{"tls": "ok", "clock": "warn clock-wrong", "discovery": "skipped"},
		},
		"a company's authority that is not known here": {
			func(_ *provider, d *doctor) { d.way.base.TLSClientConfig.RootCAs = nil },
			map[string]string{"tls": "fail tls-failure", "clock": "skipped", "discovery": "skipped"},
		},
		"not there": {func(p *provider, _ *doctor) { p.Close() }, map[string]string{"tls": "fail offline"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, p := clinic(t), newProvider(t)
			d.trust(p)
			p.pages["/"] = http.NotFound
			c.spoil(p, d)
			d.addMachine(t, "batch", p.URL+"/token")
			checks, wanted := d.visitAll(t), map[string]string{}
			for name, state := range c.want {
				wanted["batch: "+name] = state
			}
			want(t, checks, wanted)
			if tls := checks["batch: tls"]; c.want["clock"] == "ok" && tls.Text != "TLS 1.3, signed by Acme Co" {
				t.Errorf("%q", tls.Text)
			}
			if asked := p.asked.Load(); asked > 1 || asked < 1 && c.want["clock"] == "ok" {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

// describe changes one member of the provider's description.
func (p *provider) describe(member string, value any) {
	d := p.description()
	d[member] = value
	p.pages[describedAt] = answer(d)
}

// tell has the provider tell another time on a page, and say that it has been kept for a while.
func (p *provider) tell(page string, off, age time.Duration) {
	good := p.pages[page]
	p.pages[page] = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
		w.Header().Set("Age", strconv.Itoa(int(age/time.Second)))
		good(w, r)
	}
}

func TestF03WhoSignedARefusedCertificateIsNamed(t *testing.T) {
	d, p := clinic(t), newProvider(t)
	d.add(t, "acme", p.URL)
	c := d.visitAll(t)["acme: tls"]
	if !strings.HasSuffix(c.Detail, "; signed by Acme Co") || !strings.Contains(c.Next, "certificate authority") {
		t.Errorf("%+v", c)
	}
	d, p = clinic(t), newProvider(t)
	d.trust(p)
	d.add(t, "acme", strings.Replace(p.URL, "127.0.0.1", "localhost", 1)) // which it is not made out to
	c = d.visitAll(t)["acme: tls"]
	if !strings.HasSuffix(c.Detail, "; signed by Acme Co") || strings.Contains(c.Next, "certificate authority") {
		t.Errorf("%+v", c)
	}
}

func TestF10TheClockIsWrongByMoreThanAMinute(t *testing.T) {
	for ahead, want := range map[time.Duration]State{
		0: OK, time.Minute: OK, -time.Minute: OK,
		61 * time.Second: Warn, -61 * time.Second: Warn, 90 * 24 * time.Hour: Warn,
	} {
		v := &visit{host: "acme.example", contact: contact{dated: true, ahead: ahead}}
		c := v.clock(t.Context())
		if c.State != want || ahead > 0 != strings.Contains(c.Text, "behind that of acme.example") && ahead != 0 {
			t.Errorf("%v: %+v", ahead, c)
		}
	}
	for ahead, want := range map[time.Duration]string{
		0: "the same as that of", -1499 * time.Millisecond: "the same as that of",
		1500 * time.Millisecond: "it is 2 seconds behind",
		-90 * time.Second:       "it is 90 seconds ahead of", 119 * time.Minute: "it is about 119 minutes behind",
		3*time.Hour + 3*time.Minute: "it is about 3 hours behind", -47 * time.Hour: "it is about 47 hours ahead of",
		90*24*time.Hour + time.Hour: "it is about 90 days behind",
	} {
		v := &visit{host: "acme.example", contact: contact{dated: true, ahead: ahead}}
		if c := v.clock(t.Context()); !strings.Contains(c.Text, want) {
			t.Errorf("%v: %q, want %q", ahead, c.Text, want)
		}
	}
	if c := new(visit).clock(t.Context()); c.State != Skipped {
		t.Errorf("without a date: %+v", c)
	}
}

// TestF03AProxyIsNamedWithoutItsPassword, and what it answers is told.
func TestF03AProxyIsNamedWithoutItsPassword(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	defer proxy.Close()
	d := clinic(t)
	d.lookUp = nil // the proxy does
	address, err := url.Parse(strings.Replace(proxy.URL, "//", "//jane:canary@", 1))
	if err != nil {
		t.Fatal(err)
	}
	d.way.base.Proxy = http.ProxyURL(address)
	d.add(t, "acme", "https://acme.example/")
	checks := d.visitAll(t)
	want(t, checks, map[string]string{"acme: proxy": "ok", "acme: dns": "skipped", "acme: tls": "fail offline"})
	if c := checks["acme: proxy"]; c.Text != proxy.URL+", from HTTPS_PROXY" {
		t.Errorf("%q", c.Text)
	}
	if c := checks["acme: tls"]; !strings.Contains(c.Detail, "407 Proxy Authentication Required") {
		t.Errorf("%q", c.Detail)
	}
	if all := shown(t, &d.report); strings.Contains(all, "canary") || strings.Contains(all, "jane") {
		t.Errorf("the password is told:\n%s", all)
	}
}

func shown(t *testing.T, r *Report) string {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestF03AProxyThatCannotBeRead(t *testing.T) {
	d := clinic(t)
	d.way.base.Proxy = func(*http.Request) (*url.URL, error) { return nil, &url.Error{URL: "canary", Err: errAny} }
	d.add(t, "acme", "https://acme.example/")
	checks := d.visitAll(t)
	want(t, checks, map[string]string{"acme: proxy": "fail offline", "acme: dns": "skipped", "acme: tls": "skipped"})
	if strings.Contains(shown(t, &d.report), "canary") {
		t.Error("it is told")
	}
}

func TestAnUnknownName(t *testing.T) {
	for cause, says := range map[error]string{
		&net.DNSError{IsNotFound: true}: "the name was not found",
		&net.DNSError{IsTimeout: true}:  "the name service does not answer",
	} {
		d := clinic(t)
		d.lookUp = func(context.Context, string) ([]net.IPAddr, error) { return nil, cause }
		d.add(t, "acme", "https://acme.example/")
		checks := d.visitAll(t)
		want(t, checks, map[string]string{"acme: dns": "fail offline", "acme: tls": "skipped", "acme: clock": "skipped",
			"acme: discovery": "skipped", "acme: jwks": "skipped", "acme: callback": "ok"})
		if got := checks["acme: dns"].Detail; got != says {
			t.Errorf("%v: %q", cause, got)
		}
	}
}

// TestADeadNetworkCostsTenSeconds, with however many profiles, and with a keychain and a tray that hang as well.
func TestADeadNetworkCostsTenSeconds(t *testing.T) {
	for name, names := range map[string]bool{"no name": false, "no answer": true} {
		synctest.Test(t, func(t *testing.T) {
			d := clinic(t)
			hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
			d.trial = func(ctx context.Context) (bool, error) { return false, hang(ctx) }
			d.trayHost = func(ctx context.Context) (bool, error) { return false, hang(ctx) }
			d.way.base.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return nil, hang(ctx) }
			known := d.lookUp
			d.lookUp = func(ctx context.Context, host string) ([]net.IPAddr, error) {
				if names {
					return known(ctx, host)
				}
				return nil, hang(ctx)
			}
			for i := range 20 {
				d.add(t, "acme"+strconv.Itoa(i), "https://acme"+strconv.Itoa(i)+".example/")
			}
			began := time.Now()
			checks := d.visitAll(t)
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("%s: it took %v", name, took)
			}
			look := map[bool]string{false: "dns", true: "tls"}[names]
			want(t, checks, map[string]string{"acme7: " + look: "fail offline", "acme7: discovery": "skipped"})
			if took := checks["acme7: "+look].TookMS; took < 1000 || took > 9000 {
				t.Errorf("%s: the look took %d ms", name, took)
			}
		})
	}
}

func TestAVisitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := clinic(t)
		d.lookUp = func(ctx context.Context, _ string) ([]net.IPAddr, error) { <-ctx.Done(); return nil, ctx.Err() }
		d.add(t, "acme", "https://acme.example/")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		report, err := d.run(ctx)
		if err == nil || time.Since(began) > 2*time.Second {
			t.Errorf("it ended after %v with %v", time.Since(began), err)
		}
		for _, c := range report.Checks {
			if c.Profile != "" {
				t.Errorf("it tells of what it did not see: %+v", c)
			}
		}
	})
}

func TestTheDemoNeedsItsDesktop(t *testing.T) {
	var demo struct{ Issuer string }
	if err := json.Unmarshal(assets.DemoProfile(), &demo); err != nil {
		t.Fatal(err)
	}
	d := clinic(t)
	d.way.base.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, errAny }
	d.add(t, "demo", demo.Issuer)
	want(t, d.visitAll(t), map[string]string{"demo: dns": "skipped", "demo: tls": "skipped demo-needs-desktop",
		"demo: discovery": "skipped", "demo: jwks": "skipped"})
	if d.report.Problem() != nil {
		t.Error(d.report.Problem())
	}
}

func TestProfilesThatCannotBeUsed(t *testing.T) {
	d := clinic(t)
	d.add(t, "bad", "http://acme.example/")
	d.add(t, "secret", "https://acme.example/", `"client_secret": "canary"`)
	checks := d.visitAll(t)
	want(t, checks, map[string]string{"bad: profile": "fail bad-profile", "secret: profile": "fail profile-secret"})
	if checks["bad: callback"] != nil {
		t.Error("its ports were looked at")
	}
	d.Profile = "bda"
	_, err := d.run(t.Context())
	f := fault.Of(err)
	if f.Code != fault.ProfileUnknown || f.Args["nearest"] != "bad" || f.Args["known"] != "bad, secret" {
		t.Errorf("%+v", f)
	}
}

// TestF23F50CallbackPortsInUse: what Keyfob itself waits at is not in the way.
func TestF23F50CallbackPortsInUse(t *testing.T) {
	var ports []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, "http://"+l.Addr().String()+"/callback")
	}
	const free = "http://127.0.0.1/callback"
	for name, c := range map[string]struct {
		redirects []string
		waiting   string
		state     State
		code      fault.Code
	}{
		"free":         {[]string{free}, "", OK, ""},
		"one in use":   {[]string{ports[0], free}, "", Warn, ""},
		"all in use":   {ports, "", Fail, fault.PortsBusy},
		"by ourselves": {ports[:1], ports[0], OK, ""},
	} {
		v := &visit{doctor: clinic(t)}
		v.profile.RedirectURIs = c.redirects
		if c.waiting != "" {
			waits := account.Account{Attempt: &account.Attempt{RedirectURI: c.waiting}}
			v.report.snapshot = &account.Snapshot{Accounts: []account.Account{waits}}
		}
		got := v.callback(t.Context())
		if got.State != c.state || got.Code != c.code {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// What is not another program's doing is not said to be.
	v := &visit{doctor: clinic(t)}
	v.profile.RedirectURIs = []string{"http://192.0.2.1/callback", free}
	if got := v.callback(t.Context()); got.State != Warn || strings.Contains(got.Text, "Other programs") {
		t.Errorf("not this computer's: %+v", got)
	}
	v = &visit{doctor: clinic(t)}
	v.profile.RedirectURIs, v.profile.GrantTypes = ports, []string{profile.ClientCredentials}
	if got := v.callback(t.Context()); got.State != Skipped {
		t.Errorf("nobody: %+v", got)
	}
}
