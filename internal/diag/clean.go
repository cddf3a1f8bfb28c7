package diag

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

const (
	longest  = 1024
	redacted = "[redacted]"
)

// Clean is s without what looks like a secret, without control characters, and cut at 1,024 characters.
func Clean(s string) string {
	if most := 4 * longest; len(s) > most { // in bytes, before the work; and not within a secret, which would pass as half
		s = strings.TrimRightFunc(s[:most], inSecret) + "…"
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	s = redact(s)
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return s
}

// mesh is one thing that is cut out, and what is put in its place. It is looked for, which is slow, where one of the
// characters is there that it cannot do without.
type mesh struct {
	needs   string
	pattern *regexp.Regexp
	put     string
}

// net is made when the first line is written: most runs of the command line write none.
var net = sync.OnceValue(func() []mesh {
	const (
		names = `(code|state|nonce|code_verifier|code_challenge|device_code|user_code|client_secret|` +
			`(?:access_|refresh_|id_)?token|password|assertion)`
		value = `(?:\[redacted\][^&\s"'\\\]]*|[^&\s"'\\\]]+)`
	)
	return []mesh{
		// What callbacks, token requests and token responses carry, by its name: in a URL or a form, which may be quoted
		// or escaped once more, in JSON, and as Python prints it.
		{`=%"':\`, regexp.MustCompile(`(?i)(\b|%3F|%26|\\u0026)` + names + `(=|%3D|\\u003D|\\*["']\s*:\s*\\*["'])` + value),
			"$1$2$3" + redacted},
		// The same as Go prints a form, and a struct.
		{"[", regexp.MustCompile(`(?i)\b` + names + `:\[[^\]]*\]?`), "$1:" + redacted},
		{":", regexp.MustCompile(`(?i)\b((?:access|refresh|id)_?token|code_?verifier|client_?secret)(: ?)` + value),
			"$1$2" + redacted},
		// A header; what is shorter than a token is prose. And the password in a URL.
		{" %+", regexp.MustCompile(`(?i)\b(bearer|basic|dpop)( +|%20|\+)[A-Za-z0-9._~+/=-]{12,}`), "$1$2" + redacted},
		{"@", regexp.MustCompile(`://[^/\s@"]+@`), "://" + redacted + "@"},
		// Bytes as Go prints them.
		{"[", regexp.MustCompile(`\[(?:\d{1,3} ){15,}\d{1,3}\]?`), redacted},
		{"x", regexp.MustCompile(`(?:0x[0-9a-f]{1,2}(?:, ?)?){16,}`), redacted},
	}
})

// redact is s without what looks like a secret.
func redact(s string) string {
	for _, m := range net() {
		if strings.ContainsAny(s, m.needs) {
			s = m.pattern.ReplaceAllString(s, m.put)
		}
	}
	s = withoutRuns(s, inToken, tokenLike)
	if strings.ContainsAny(s, "+/=") {
		s = withoutRuns(s, inBase64, base64Like)
	}
	return s
}

// withoutRuns replaces every run of some characters, if it looks like a secret.
func withoutRuns(s string, in func(rune) bool, secret func(string) bool) string {
	var out strings.Builder
	for s != "" {
		run := len(s) - len(strings.TrimLeftFunc(s, in))
		if secret(s[:run]) {
			out.WriteString(redacted)
		} else {
			out.WriteString(s[:run])
		}
		rest := strings.IndexFunc(s[run:], in)
		if rest < 0 {
			rest = len(s) - run
		}
		out.WriteString(s[run : run+rest])
		s = s[run+rest:]
	}
	return out.String()
}

func letterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}
func inToken(r rune) bool  { return letterOrDigit(r) || r == '-' || r == '_' || r == '.' }
func inBase64(r rune) bool { return inToken(r) && r != '.' || r == '+' || r == '/' || r == '=' }
func inSecret(r rune) bool { return inToken(r) || inBase64(r) || r == '~' || r == '%' }

// long is longer than a word, a label of a host or a client id (32 characters) is.
const long = 40

// tokenLike knows a JWT or JWE, Auth0's refresh tokens, and any stretch that is long.
func tokenLike(run string) bool {
	if strings.Contains(run, "eyJ") || strings.HasPrefix(run, "v1.") && len(run) > 20 {
		return true
	}
	for part := range strings.SplitSeq(run, ".") {
		if len(part) >= long {
			return true
		}
	}
	return false
}

// base64Like knows what "+" and "/" have kept from being one stretch. A path may be as long and have the same letters,
// but hardly plenty of every kind.
func base64Like(run string) bool {
	const plenty = 3
	var lower, upper, digits int
	for _, r := range run {
		switch {
		case 'a' <= r && r <= 'z':
			lower++
		case 'A' <= r && r <= 'Z':
			upper++
		case '0' <= r && r <= '9':
			digits++
		}
	}
	return len(run) >= long && min(lower, upper, digits) >= plenty
}
