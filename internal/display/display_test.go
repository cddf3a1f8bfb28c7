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
		"title without an end": {"a\x1b]0;evil", "a"},
		"title cut by another": {"a\x1b]0;evil\x1b[31mb", "ab"},
		"raw 8-bit control":    {"a\x9b31mb\x9d0;x\x9c", "a\ufffd31mb\ufffd0;x\ufffd"},
		"next line, 7-bit":     {"a\x1bEb", "ab"},
		"reset":                {"a\x1bcb", "ab"},
		"escape at the end":    {"a\x1b", "a"},
		"split escape":         {"\x1b\x1b[31m[31mred", "[31mred"},
		"direction override":   {"Acme \u202egpj.exe\u202c", "Acme gpj.exe"},
		"direction isolates":   {"\u2066a\u2069\u200eb\u061c", "ab"},
		"zero width":           {"Ac\u200bm\u200de\u2060\ufeff\u00ad", "Acme"},
		"blank letters":        {"a\u3164b\u115fc\u2800d\ufe0fe\u034f", "abcde"},
		"blank symbols":        {"a\ufffcb\U0001d159c\U00016fe4d\U00013441e", "abcde"},
		"Hangul fillers":       {"a\u115fb\u1160c\u3164d\uffa0e", "abcde"},
		"annotations":          {"a\ufff9b\ufffac\ufffbd", "abcd"},
		"variation selectors":  {"a\ufe00b\ufe0fc\U000e0100d\u180be", "abcde"},
		"tag characters":       {"a\U000e0001\U000e0041\U000e007fb", "ab"},
		"music and shorthand":  {"a\U0001d173b\U0001bca0c", "abc"},
		"marks piled up":       {"Z" + strings.Repeat("\u0335\u0327", 50) + "a", "Z\u0335\u0327\u0335\u0327a"},
		"marks of languages":   {"Tiếng Việt, שָׁלוֹם, བསྒྲུབས, नमस्ते", "Tiếng Việt, שָׁלוֹם, བསྒྲུབས, नमस्ते"},
		"marks, decomposed":    {"Tie\u0302\u0301ng", "Tie\u0302\u0301ng"},
		"marks without letter": {"\u0301\u20e3a \u0301b", "a b"},
		"marks past a format":  {"a" + strings.Repeat("\u0301\u200d", 9), "a\u0301\u0301\u0301\u0301"},
		"private use":          {"a\ue000\U000f0000\U0010fffdb", "ab"},
		"no characters":        {"a\ufffe\U0001ffff\u0378b", "ab"},
		"half a surrogate":     {"a\xed\xa0\x80b", "a\ufffd\ufffd\ufffdb"},
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
		"https://ａcme.example":                   "xn--cme-n76s.example", // full-width a: not what is dialled, but told apart
		"https://a\u200bb.example":               "xn--ab-g1t.example",
		"https://192.168.1.20/realms/x":          "192.168.1.20",
		"acme.example":                           "",
		"":                                       "",
		"https://":                               "",
		"mailto:jane@acme.example":               "",
		"https://acme.example\x1b[31m/":          "",
		"https://xn--a.example/":                 "xn--a.example", // invalid punycode: shown as it is
		"https://xn--l\x96":                      "",              // no ASCII form at all
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

// TestA43CleanTakesItsTimeFromTheLengthAlone: looking for the end of each opener that has none, a search takes hours
// for a megabyte.
func TestA43CleanTakesItsTimeFromTheLengthAlone(t *testing.T) {
	const size = 1 << 20
	for _, pair := range []string{"\u009d\u009b", "\u009d", "\x1b]", "\x1b]\x1b[", "\x1bP\u009b0", "\x1b[0", "a\u0301",
		"\u200b"} {
		in := strings.Repeat(pair, size/len(pair))
		if got := Clean(in, 100); utf8.RuneCountInString(got) > 100 {
			t.Errorf("%q: %q", pair, got)
		}
	}
}

// FuzzClean judges what comes out by lists of its own.
func FuzzClean(f *testing.F) {
	for _, s := range []string{
		"Acme", "\x1b[31mred\x1b[0m", "a\u202eb", "\x1b]0;x\x07", "\xff\xfe", " a  b ", "\u009b1", "\x9b31m", "\xed\xa0\x80",
		"Z\u0335\u0327\u0335\u0327\u0335\u0327a", "\u0301a", "\u3164\u115f\u2800\u00ad", "\U000e0041\ufe0f\ufff9",
		"\ue000\u2028\ufeff",
		"\u009d\u009b\u009d\u009b", "a\x1b]0;\x1b\\b", "\x1bEx\x1b(0",
	} {
		f.Add(s, 12)
	}
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit %= 300
		got := Clean(s, limit)
		if n := utf8.RuneCountInString(got); n > max(limit, 0) || !utf8.ValidString(got) {
			t.Fatalf("%d characters, limit %d: %q", n, limit, got)
		}
		if again := Clean(got, limit); again != got {
			t.Fatalf("not stable: %q, then %q", got, again)
		}
		if strings.TrimSpace(got) != got || strings.Contains(got, "  ") {
			t.Fatalf("loose spaces: %q", got)
		}
		marks := maxMarks // a mark at the beginning is one too many
		for _, r := range got {
			if hidden(r) {
				t.Fatalf("%q holds %U", got, r)
			}
			if marks++; !unicode.IsMark(r) {
				marks = 0
			}
			if marks > maxMarks {
				t.Fatalf("%q piles up marks", got)
			}
		}
	})
}

// hidden tells what must never come out of Clean.
func hidden(r rune) bool {
	return r != ' ' && unicode.IsSpace(r) ||
		unicode.In(r, unicode.C, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Bidi_Control,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point) ||
		r >= 0xe0000 && r <= 0xe0fff || r >= 0xfff9 && r <= 0xfffc || r == 0x2800
}

func FuzzHost(f *testing.F) {
	for _, s := range []string{
		"https://acme.example/", "https://аcme.example", "http://[::1]:1/", "https://a@b", "https://b%C3%BCcher.example",
		"https://xn--a.example", "https://a\u202e.example", "https://ⓐ。example", "https://a%ff", "https://[fe80::1%25é]:2/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Host(s)
		if Clean(got, maxHost) != got || strings.ContainsAny(got, " /@") || !isASCII(got) {
			t.Fatalf("Host(%q) = %q", s, got)
		}
	})
}
