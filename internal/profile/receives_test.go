package profile

import (
	"net/url"
	"path"
	"strings"
	"testing"
)

func receiver(bases ...string) Profile { return Profile{ID: "acme", API: &API{BaseURLs: bases}} }

// A59: which addresses get a token is said by the profile and by nobody else, however an address is written.
func TestA59C46WhereATokenMayGo(t *testing.T) {
	p := receiver("https://api.acme.example/v1/", "https://Other.example", "http://127.0.0.1:8080/x")
	for _, u := range []string{
		"https://api.acme.example/v1", "https://api.acme.example/v1/", "https://api.acme.example/v1/orders?a=b&c=%2e%2e",
		"https://api.acme.example:443/v1/orders", "HTTPS://API.ACME.EXAMPLE/v1/orders", "https://other.example",
		"https://other.example:443/any", "http://127.0.0.1:8080/x/y", "https://api.acme.example/v1/a%20b/J%C3%B6rg/100%25",
		"https://api.acme.example/v1/me@acme.example/a:b/x.y/...", "https://api.acme.example/v1/orders;id=1",
		"https://api.acme.example/v1/a%252520b",
	} {
		if !p.Receives(u) {
			t.Errorf("%s gets none", u)
		}
	}
	for _, u := range []string{
		"", "/v1/orders", "//api.acme.example/v1", "https:/v1", "https:api.acme.example/v1", "api.acme.example/v1",
		"http://api.acme.example/v1", "https://api.acme.example:444/v1", "https://api.acme.example:0443/v1",
		"https://api.acme.example/", "https://api.acme.example/v10", "https://api.acme.example/V1/x",
		"https://api.acme.example.evil.example/v1", "https://evil.example/https://api.acme.example/v1",
		"https://api.acme.example@evil.example/v1", "https://user@api.acme.example/v1", "https://:x@api.acme.example/v1",
		"https://api.acme.example./v1", "https://api%2eacme.example/v1", `https://evil.example\@api.acme.example/v1`,
		"https://evil.example#@api.acme.example/v1", "https://api.acme.example/v1#x", "https://api.acme.example /v1",
		"https://api.acme.example/v1/a b", "https://api.acme.example/v1?a b", "https://api.acme.example/v1/\r\nx",
		"https://other\u2024example/", "https://other.e\uff58ample/", "https://\u03bfther.example/",
		"https://oth\u00e9r.example/",
		"https://api.acme.example/v1/../admin", "https://api.acme.example/v1/./x", "https://api.acme.example/v1/..",
		"https://api.acme.example/v1/%2e%2e/admin", "https://api.acme.example/v1/.%2E/admin",
		"https://api.acme.example/v1/%252e%252e/admin", "https://api.acme.example/v1/%25252e%25252e/x",
		"https://api.acme.example/v1/" + "%" + strings.Repeat("25", 8) + "2e%252e/x",
		"https://api.acme.example/v1/%25%32%65.",
		"https://api.acme.example/v1/..;/admin", "https://api.acme.example/v1/..%3bx/admin",
		"https://api.acme.example/v1/.;a=b",
		"https://api.acme.example/v1/x%2f..%2fadmin", "https://api.acme.example/v1%2fx", "https://api.acme.example/v1/a%5cb",
		`https://api.acme.example/v1/..\admin`, "https://api.acme.example/v1/%5c..%5cadmin",
		"https://api.acme.example/v1/a%00",
		"https://api.acme.example/v1/%c0%ae%c0%ae/admin", "https://api.acme.example/v1/%0d%0aX:y",
		"https://api.acme.example/v1/a%c2%85",
		"https://api.acme.example/v1//evil.example/x", "https://api.acme.example//v1", "https://api.acme.example/v1/%",
	} {
		if p.Receives(u) {
			t.Errorf("%s gets one", u)
		}
	}
	if (Profile{}).Receives("https://api.acme.example/") {
		t.Error("a profile without an API sends tokens")
	}
}

// A letter that folds to one of ours makes another address of it, or the same by another name: neither is what was
// agreed to.
func TestA59AHostIsComparedInASCII(t *testing.T) {
	if p := receiver("https://kelvin.example/"); p.Receives("https://\u212Aelvin.example/") ||
		p.Receives("https://%E2%84%AAelvin.example/") || !p.Receives("https://KELVIN.example/") {
		t.Error("the sign of Kelvin is a k")
	}
}

// FuzzReceives: what gets a token lies below the base by any reading of its path.
func FuzzReceives(f *testing.F) {
	for _, ref := range []string{
		"/v1/orders?x=1", "/v1/../x", "/v1/%2e%2e/x", "/v1/%252e/x", "/v1/..;/x", "/v1//x", "@evil/v1", ":1/v1", "/v1/a%20b",
		".evil.example/v1", "/v1/%c0%ae%c0%ae", "/v1/%5c..", "/v1?a=/../", "/v1/x/..%2f..", "#/v1", "%2f/v1",
	} {
		f.Add(ref)
	}
	p := receiver("https://api.acme.example/v1")
	f.Fuzz(func(t *testing.T, ref string) {
		raw := "https://api.acme.example" + ref
		if !p.Receives(raw) {
			return
		}
		u, err := url.Parse(raw)
		if err != nil || u.Host != "api.acme.example" && u.Host != "api.acme.example:443" || u.User != nil {
			t.Fatalf("%q goes to %v (%v)", raw, u, err)
		}
		for read := u.EscapedPath(); ; {
			if cleaned := path.Clean(read); cleaned != "/v1" && !strings.HasPrefix(cleaned, "/v1/") {
				t.Fatalf("%q is %q to some", raw, read)
			}
			decoded, err := url.PathUnescape(read)
			if err != nil || decoded == read {
				return
			}
			read = strings.ReplaceAll(decoded, `\`, "/")
		}
	})
}
