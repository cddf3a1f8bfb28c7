// Package diag is the diagnostic log: what happened, for the day when somebody asks why.
//
// It is redacted twice. Secrets have a type that prints as a redacted word wherever it is put (internal/secret). As a
// second net, text that looks like a token, or like the query of a callback, is cut out here, so that a library's
// error that quotes what it was given cannot carry a secret to the disk. A crash leaves its text, and no picture of the
// memory. The log is bounded: three files of 1 MB.
//
// It is a leaf: it imports nothing of ours but internal/fault.
package diag

import (
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"gopkg.in/natefinch/lumberjack.v2"

	"keyfob/internal/fault"
)

const (
	megabytes = 1 // a file
	backups   = 2 // beside the one that is written
)

// Open starts the log at path, in a folder that is there already, one JSON object a line, readable by the user alone.
// From then on a crash of this process leaves its text beside the log, in crash.txt. The error is fault.DiskTrouble.
func Open(path string) (*slog.Logger, io.Closer, error) {
	// lumberjack opens its file at the first line; what cannot be written should be known now.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fault.New(fault.DiskTrouble, "path", path).Because(err)
	}
	repaired := tighten(f)
	_ = f.Close()
	keepCrash(filepath.Join(filepath.Dir(path), "crash.txt"))
	file := &lumberjack.Logger{Filename: path, MaxSize: megabytes, MaxBackups: backups}
	l := New(file)
	if repaired {
		l.Warn("permissions repaired", "path", path)
	}
	return l, file, nil
}

// tighten takes away what others may do with the log, and tells whether that was anything: a loose mode would be handed
// on from file to file. Windows has no modes.
func tighten(f *os.File) (repaired bool) {
	const loose = 0o077
	info, err := f.Stat()
	return err == nil && runtime.GOOS != "windows" && info.Mode()&loose != 0 && f.Chmod(info.Mode()&^loose) == nil
}

// New is a redacting logger that writes to w.
func New(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: replace}))
}

// Adopt makes l the log of the whole process: the default one, and the one of libraries, which speak through package
// log and would print to the terminal, or to the journal of a service manager.
func Adopt(l *slog.Logger) {
	slog.SetDefault(l)
	log.SetOutput(libraries{l})
}

// libraries takes what libraries say, without what they quote: that is what they were given. net/http quotes all of an
// answer that came without having been asked for.
type libraries struct{ log *slog.Logger }

func (l libraries) Write(line []byte) (int, error) {
	l.log.Info("a library says", "text", withoutQuotes(strings.TrimSpace(string(line))))
	return len(line), nil
}

// withoutQuotes leaves out what stands between the first quotation mark and the last: what is quoted may have some of
// its own.
func withoutQuotes(s string) string {
	first, last := strings.IndexByte(s, '"'), strings.LastIndexByte(s, '"')
	if first < 0 {
		return s
	}
	return s[:first] + `"…"` + s[last+1:]
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
