package profile

import (
	"encoding/json"
	"strings"
	"testing"

	"keyfob/internal/words"
)

// eachURL tells what is wrong with a profile that has u in one of its fields.
func eachURL(t *testing.T, u string, judge func(field string, err error)) {
	t.Helper()
	quoted, err := json.Marshal(u)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{
		"issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint", "device_authorization_endpoint",
		"end_session_endpoint", "jwks_uri", "userinfo_endpoint", "client_uri", "logo_uri",
	} {
		judge(field, with(t, field, string(quoted)))
	}
	judge("api.base_urls[0]", with(t, "api", `{"base_urls": [`+string(quoted)+`]}`))
	judge("redirect_uris[0]", with(t, "redirect_uris", `[`+string(quoted)+`]`))
}

func TestA42URLs(t *testing.T) {
	for _, u := range []string{
		"https://user@acme.example", "https://user:pass@acme.example", "https://@acme.example", "https://acme.example/#x",
		"https://acme.example#", "https://acme.example@evil.example", `https://acme.example\@evil.example`,
		"http://acme.example", "http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://0.0.0.0",
		"ftp://acme.example", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "keyfob://acme.example",
		"//acme.example", "acme.example", "https://", "https:///x", "https:acme.example", `https:\\acme.example`,
		`\\\\acme.example\share`, "https://acme.example/a b", "https://acme.example/\t", "ht\ttps://acme.example",
		"https://acme.example/\r\nHost: x", "https://acme.example/\u202e", "https://acme.example:99999",
		"https://acme.example:0", "https://acme.example:", "https://acme.example:x", "https://[::1",
		"https://[fe80::1%25eth0]/", "https://a%00b.example", "https://-a.example", "https://acme..example",
		"https://" + strings.Repeat("a.", 200) + "example", "https://acme.example/" + strings.Repeat("a", 2048),
		" https://acme.example", "https://acme_x\u0000.example", "-https://acme.example", "https://acme.example/$(id)|`id`",
		"https://acme.example/<x>", `https://acme.example/"x"`, "https://acme.example/{x}",
	} {
		eachURL(t, u, func(field string, err error) {
			if !onlyAbout(err, field) {
				t.Errorf("%s = %q: %v", field, u, err)
			}
		})
	}
}

// TestA42HostsThatAreNotWhatTheySeem: a number is an address to browsers and resolvers, and 0.0.0.0 is this computer.
func TestA42HostsThatAreNotWhatTheySeem(t *testing.T) {
	for reason, hosts := range map[string][]string{
		"is a number": {
			"2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "010.0.0.1", "1.2.3", "evil.0x", "256.0.0.1", "1.0X7F",
		},
		"address of one computer": {"0.0.0.0", "[::]", "224.0.0.1", "[ff02::1]"},
		"end in a dot":            {"acme.example.", "127.0.0.1.", "localhost."},
		"not a valid name":        {"a%80.example", "-a.example", "a-.example", "a_b.example"},
	} {
		for _, host := range hosts {
			err := with(t, "issuer", `"https://`+host+`/"`)
			if !onlyAbout(err, "issuer") || !strings.Contains(told(err), reason) {
				t.Errorf("%s: %v", host, err)
			}
		}
	}
	for _, host := range []string{"1.example", "0x7f.example", "192.168.1.20", "[fd00::1]", "xn--bcher-kva.example",
		"a.0xyz"} {
		if err := with(t, "issuer", `"https://`+host+`/"`); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestA42AForeignLetterIsRefusedAndShown(t *testing.T) {
	for u, form := range map[string]string{
		"https://аcme.example/":        "xn--cme-5cd.example", // Cyrillic а
		"https://bücher.example:8443/": "xn--bcher-kva.example",
		"https://BÜCHER.example":       "xn--bcher-kva.example",
		"https://b%C3%BCcher.example/": "xn--bcher-kva.example", // ASCII to the eye only
		"https://ａcme.example":         "xn--cme-n76s.example",  // full width
		"https://acme。example/":        "xn--acmeexample-7e3j",  // a full stop of another script
		"https://acme.example/ü":       "plain ASCII",
		"https://acme.example/?q=ü":    "plain ASCII",
	} {
		eachURL(t, u, func(field string, err error) {
			if !onlyAbout(err, field) || field != "redirect_uris[0]" && field != "issuer" && field != "api.base_urls[0]" &&
				!strings.Contains(told(err), form) {
				t.Errorf("%s = %s: %v\nwant %s", field, u, err, form)
			}
		})
	}
	if err := with(t, "resource", `"https://аcme.example/"`); !onlyAbout(err, "resource[0]") {
		t.Error(err)
	}
	for _, issuer := range []string{"https://xn--cme-5cd.example/", "https://XN--CME-5CD.example/"} {
		p, err := Parse([]byte(strings.Replace(minimal(""), "https://acme.example/", issuer, 1)))
		if err != nil || p.Issuer != issuer || p.TrustCard()[1] != (Fact{"Signs in at", "xn--cme-5cd.example"}) {
			t.Errorf("%s: %v, %q", issuer, err, p.TrustCard())
		}
	}
	got := CheckField("domain", "bücher.example")
	if got == nil || !strings.Contains(words.Complaint(*got), "xn--bcher-kva.example") {
		t.Errorf("a form says %v", got)
	}
}
