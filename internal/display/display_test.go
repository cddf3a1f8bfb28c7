package display

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestA43CleanStripsWhatAPersonCannotSee(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":                {"Acme Ltd", "Acme Ltd"},
		"other alphabets":      {"Žluťoučký 東京 Москва", "Žluťoučký 東京 Москва"},
		"emoji":                {"Acme 🔑", "Acme 🔑"},
		"newlines":             {"Acme\r\nkeyfob: signed in", "Acme keyfob: signed in"},
		"line separators":      {"a\u2028b\u2029c\u0085d", "a b c d"},
		"odd spaces":           {"\u00a0a \u3000 b\t", "a b"},
		"colour":               {"\x1b[31;1mred\x1b[0m", "red"},
		"colour, one byte C1":  {"\u009b31mred", "red"},
		"window title":         {"a\x1b]0;evil\x07b", "ab"},
		"link":                 {"\x1b]8;;https://evil.example\x1b\\Acme\x1b]8;;\x1b\\", "Acme"},
		"clipboard, C1":        {"a\u009d52;c;ZXZpbA==\u009cb", "ab"},
		"device control":       {"a\x1bPq#1\x1b\\b", "ab"},
		"title without an end": {"a\x1b]0;evil", "a0;evil"},
		"reset":                {"a\x1bcb", "ab"},
		"escape at the end":    {"a\x1b", "a"},
		"split escape":         {"\x1b\x1b[31m[31mred", "[31mred"},
		"direction override":   {"Acme \u202egpj.exe\u202c", "Acme gpj.exe"},
		"direction isolates":   {"\u2066a\u2069\u200eb\u061c", "ab"},
		"zero width":           {"Ac\u200bm\u200de\u2060\ufeff\u00ad", "Acme"},
		"blank letters":        {"a\u3164b\u115fc\u2800d\ufe0fe\u034f", "abcde"},
		"tag characters":       {"a\U000e0041\U000e007fb", "ab"},
		"private use":          {"a\ue000\U000f0000b", "ab"},
		"NUL and DEL":          {"a\x00b\x7fc", "abc"},
		"not UTF-8":            {"a\xff\xfeb", "a\ufffd\ufffdb"},
		"nothing left":         {" \x00\u200b\n", ""},
	} {
		if got := Clean(c.in, 80); got != c.want {
			t.Errorf("%s: Clean(%q) = %q, want %q", name, c.in, got, c.want)
		}
	}
}

func TestCleanCutsAtTheLimit(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"abcdef", 6, "abcdef"},
		{"abcdef", 5, "abcd…"},
		{"abcdef  \n", 6, "abcdef"},
		{"abc def", 5, "abc…"},
		{"ěščřž", 4, "ěšč…"},
		{"abc", 1, "…"},
		{"a", 1, "a"},
		{"abc", 0, ""},
		{strings.Repeat("\x1b[31m", 1000) + "abc", 3, "abc"},
	} {
		if got := Clean(c.in, c.limit); got != c.want {
			t.Errorf("Clean(%q, %d) = %q, want %q", c.in, c.limit, got, c.want)
		}
	}
}

func TestA42HostShowsTheASCIIForm(t *testing.T) {
	for in, want := range map[string]string{
		"https://acme.eu.auth0.com/":             "acme.eu.auth0.com",
		"https://ACME.eu.auth0.com":              "acme.eu.auth0.com",
		"http://127.0.0.1:17180/":                "127.0.0.1:17180",
		"http://[::1]:8080/x?y#z":                "[::1]:8080",
		"https://user:pass@acme.example/":        "acme.example",
		"https://acme.example@evil.example/":     "evil.example",
		"https://аcme.example/":                  "xn--cme-5cd.example", // Cyrillic а
		"https://bücher.example:8443/":           "xn--bcher-kva.example:8443",
		"https://ａcme.example":                   "acme.example", // full-width a: dialled as ASCII
		"https://a\u200bb.example":               "ab.example",
		"https://192.168.1.20/realms/x":          "192.168.1.20",
		"acme.example":                           "",
		"":                                       "",
		"https://":                               "",
		"mailto:jane@acme.example":               "",
		"https://acme.example\x1b[31m/":          "",
		"https://xn--a.example/":                 "xn--a.example", // invalid punycode: shown as it is
		"https://[fe80::1%25\u202eeth0]:17171/x": "[fe80::1]:17171",
	} {
		if got := Host(in); got != want {
			t.Errorf("Host(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"client_id", "client_name", "client_uri", "redirect_uris", "issuer", "scope", "api"}
	for in, want := range map[string]string{
		"ClientID": "client_id", "client-id": "client_id", "client_nmae": "client_name", "redirect_url": "redirect_uris",
		"isuer": "issuer", "scopes": "scope", "apis": "api", "callback_urls": "", "domain": "", "": "",
		strings.Repeat("x", 1<<16): "",
	} {
		if got := Nearest(in, known); got != want {
			t.Errorf("Nearest(%.20q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"Acme", "\x1b[31mred\x1b[0m", "a\u202eb", "\x1b]0;x\x07", "\xff\xfe", " a  b ", "\u009b1"} {
		f.Add(s, 12)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit %= 300
		got := Clean(s, limit)
		if n := utf8.RuneCountInString(got); n > max(limit, 0) {
			t.Fatalf("%d characters, limit %d", n, limit)
		}
		if again := Clean(got, limit); again != got {
			t.Fatalf("not stable: %q, then %q", got, again)
		}
		if strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
			t.Fatalf("loose spaces: %q", got)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q holds %U", got, r)
			}
		}
	})
}

func FuzzHost(f *testing.F) {
	for _, s := range []string{"https://acme.example/", "https://аcme.example", "http://[::1]:1/", "https://a@b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Host(s)
		if Clean(got, maxHost) != got || strings.ContainsAny(got, " /@") || !isASCII(got) {
			t.Fatalf("Host(%q) = %q", s, got)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
