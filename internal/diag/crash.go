package diag

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
)

// keepCrash has the runtime write a crash to the file at path. A crash text shows the stack, with addresses and not
// with what they point at; but what a panic says goes in as it is, for nothing of ours runs between a panic and the
// end. So what an earlier process left there is cleaned first.
func keepCrash(path string) {
	if err := cleanCrash(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = os.Remove(path)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close() // the runtime keeps a copy of its own
	_ = debug.SetCrashOutput(f, debug.CrashOptions{})
}

// cleanCrash cleans what the file holds. One that has grown too large begins anew. It is not opened for appending:
// Windows would not let it be cut.
func cleanCrash(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	was, err := io.ReadAll(io.LimitReader(f, megabytes<<20+1))
	if err != nil {
		return err
	}
	var clean []byte
	if len(was) <= megabytes<<20 {
		clean = cleanLines(was)
	}
	if bytes.Equal(was, clean) {
		return nil
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(clean, 0)
	return err
}

func cleanLines(text []byte) []byte {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		b.WriteString(redact(line))
	}
	return []byte(b.String())
}
