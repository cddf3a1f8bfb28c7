// Package diag is the diagnostic log: what happened, for the day when somebody asks why.
//
// It is redacted twice. Secrets have a type that prints as a redacted word wherever it is put (internal/secret). As a
// second net, text that looks like a token, or like the query of a callback, is cut out here, so that a library's
// error that quotes what it was given cannot carry a secret to the disk. The log is bounded: three files of 1 MB.
//
// It is a leaf: it imports nothing of ours but internal/fault.
package diag

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"unicode"

	"gopkg.in/natefinch/lumberjack.v2"

	"keyfob/internal/fault"
)

const (
	megabytes = 1 // a file
	backups   = 2 // beside the one that is written
	longest   = 1024
)

// Open starts the log at path, in a folder that is there already, one JSON object a line, readable by the user alone.
// A crash of this process leaves its text beside it, in crash.txt. The error is fault.DiskTrouble.
func Open(path string) (*slog.Logger, io.Closer, error) {
	// lumberjack opens its file at the first line; what cannot be written should be known now.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fault.New(fault.DiskTrouble, "path", path).Because(err)
	}
	_ = f.Chmod(0o600) // a loose mode would be handed on from file to file
	_ = f.Close()
	keepCrash(filepath.Join(filepath.Dir(path), "crash.txt"))
	file := &lumberjack.Logger{Filename: path, MaxSize: megabytes, MaxBackups: backups}
	return New(file), file, nil
}

// New is a redacting logger that writes to w.
func New(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: replace}))
}

// keepCrash has the runtime write a crash there. A crash text shows the stack, with addresses and not with what they
// point at. The file holds the last crash only.
func keepCrash(path string) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close() // the runtime keeps a copy of its own
	if info, err := f.Stat(); err == nil && info.Size() > megabytes<<20 {
		_ = f.Truncate(0)
	}
	_ = debug.SetCrashOutput(f, debug.CrashOptions{})
}

// replace cleans every value that is text, or becomes text. Lists, maps and structs become text here: the encoder
// would spell out their strings as they are, and bytes in base64, where no pattern finds a token.
func replace(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Clean(v.String()))
	case slog.KindAny:
		a.Value = slog.StringValue(Clean(text(v.Any())))
	}
	return a
}

func text(v any) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return fmt.Sprintf("%+v", v)
}

// parameter is what callbacks and token requests carry, in a URL, a form, or JSON that may be quoted once more.
// authorization is a header's value; what is shorter than a token is prose.
var (
	parameter = regexp.MustCompile(`(?i)(\b|%3F|%26)(code|state|nonce|code_verifier|code_challenge|device_code|` +
		`user_code|client_secret|(?:access_|refresh_|id_)?token|password|assertion)(=|%3D|\\*"\s*:\s*\\*")[^&\s"\\]+`)
	authorization = regexp.MustCompile(`(?i)\b(bearer|basic|dpop)( +)[A-Za-z0-9._~+/=-]{12,}`)
)

const redacted = "[redacted]"

// Clean is s without what looks like a secret, without control characters, and cut at 1,024 characters.
func Clean(s string) string {
	if most := 4 * longest; len(s) > most { // in bytes, before the work
		s = s[:most]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	if strings.ContainsAny(s, `=%"`) { // most lines have no parameters, and looking for them is slow
		s = parameter.ReplaceAllString(s, "$1$2$3"+redacted)
	}
	s = authorization.ReplaceAllString(s, "$1$2"+redacted)
	s = withoutTokens(s)
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return s
}

// withoutTokens replaces every run of the characters that tokens are made of, if it looks like one.
func withoutTokens(s string) string {
	var out strings.Builder
	for s != "" {
		run := len(s) - len(strings.TrimLeftFunc(s, inToken))
		if tokenLike(s[:run]) {
			out.WriteString(redacted)
		} else {
			out.WriteString(s[:run])
		}
		rest := strings.IndexFunc(s[run:], inToken)
		if rest < 0 {
			rest = len(s) - run
		}
		out.WriteString(s[run : run+rest])
		s = s[run+rest:]
	}
	return out.String()
}

func inToken(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.'
}

// tokenLike knows a JWT or JWE, Auth0's refresh tokens, and any stretch that is longer than a word, a label of a host
// or a client id (32 characters) is.
func tokenLike(run string) bool {
	if strings.HasPrefix(run, "eyJ") || strings.HasPrefix(run, "v1.") && len(run) > 20 {
		return true
	}
	for part := range strings.SplitSeq(run, ".") {
		if len(part) >= 40 {
			return true
		}
	}
	return false
}
