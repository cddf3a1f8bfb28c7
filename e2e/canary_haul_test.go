//go:build linux

package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// haul is all that a run let out, wherever: output, files, arguments and environments of processes, answers. It is
// gathered while things happen, and searched at the end, when all secrets are known.
type haul struct {
	t testing.TB

	mu    sync.Mutex
	finds map[[sha256.Size]byte]find
	links []string // authorization URLs: the person's browser gets them, with state and nonce in them
}

// find is one thing, once.
type find struct {
	where string
	data  []byte
	links bool // authorization URLs are what it is there for
}

func newHaul(t testing.TB) *haul { return &haul{t: t, finds: map[[sha256.Size]byte]find{}} }

// add takes what may hold nothing.
func (h *haul) add(where string, data []byte) { h.take(find{where: where, data: data}) }

// addShowing takes what shows an authorization URL by design, and may hold nothing else.
func (h *haul) addShowing(where string, data []byte) { h.take(find{where, data, true}) }

func (h *haul) take(f find) {
	if len(f.data) == 0 {
		return
	}
	sum := sha256.Sum256(append([]byte(f.where+"\x00"), f.data...))
	h.mu.Lock()
	defer h.mu.Unlock()
	h.finds[sum] = f
}

// link remembers an authorization URL.
func (h *haul) link(u string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.links = append(h.links, u)
}

// has tells whether something from there, with that text in it, was gathered: what was never seen holds no secret.
func (h *haul) has(where, text string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, f := range h.finds {
		if strings.Contains(f.where, where) && bytes.Contains(f.data, []byte(text)) {
			return true
		}
	}
	return false
}

// want fails where nothing of the kind was gathered.
func (h *haul) want(where, text string) {
	h.t.Helper()
	if !h.has(where, text) {
		h.t.Errorf("the search never saw %q in %q", text, where)
	}
}

// judge fails for each secret in each find, in whatever spelling.
func (h *haul) judge(secrets map[string]string) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	spelled := map[[mark]byte][]spelling{}
	for secret, kind := range secrets {
		for _, text := range spellings(secret) {
			key := [mark]byte([]byte(text))
			spelled[key] = append(spelled[key], spelling{text, kind})
		}
	}
	size := 0
	for _, f := range h.finds {
		data := f.data
		if f.links {
			data = h.withoutLinks(data)
		}
		h.judgeOne(f.where, data, spelled)
		size += len(data)
	}
	h.t.Logf("searched %d finds of %d bytes for %d secrets", len(h.finds), size, len(secrets))
}

// mark is how many bytes of a spelling it is looked up by: many secrets are looked for at once.
const mark = 8

type spelling struct{ text, kind string }

// judgeOne tells of each kind once: where there is one secret there may be hundreds.
func (h *haul) judgeOne(where string, data []byte, spelled map[[mark]byte][]spelling) {
	h.t.Helper()
	told := map[string]bool{}
	for i := range max(0, len(data)-mark+1) {
		for _, s := range spelled[[mark]byte(data[i:])] {
			if bytes.HasPrefix(data[i:], []byte(s.text)) && !told[s.kind] {
				told[s.kind] = true
				h.t.Errorf("%s holds a secret (%s): %q", where, s.kind, data[max(0, i-60):min(len(data), i+len(s.text)+20)])
			}
		}
	}
}

// withoutLinks leaves out the links, also as JSON has them.
func (h *haul) withoutLinks(data []byte) []byte {
	for _, l := range h.links {
		quoted, _ := json.Marshal(l)
		for _, form := range [][]byte{[]byte(l), bytes.Trim(quoted, `"`)} {
			data = bytes.ReplaceAll(data, form, []byte("<the link>"))
		}
	}
	return data
}

// spellings are a secret as it is, as a URL, in hexadecimal, as JSON, and in base64 wherever it stands in what was
// encoded.
func spellings(s string) []string {
	quoted, _ := json.Marshal(s)
	forms := []string{
		s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(string(quoted), `"`),
		hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))),
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			text := encoding.EncodeToString([]byte(strings.Repeat("\x00", before) + s))
			forms = append(forms, text[(before*8+5)/6:(before+len(s))*8/6])
		}
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// watch gathers, until the function that it returns is called, what lasts for a moment only: what the processes of the
// stage are called with, and files that come and go.
func (h *haul) watch(d *desk) (stop func()) {
	ctx, cancel := context.WithCancel(d.ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		seen := map[string]time.Time{}
		tick := time.NewTicker(4 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			h.lookAtProcesses(d.Bin)
			for _, root := range []string{"tmp", "run", "home/.config/keyfob", "home/.local/state/keyfob"} {
				h.lookAtFiles(d.Path(root), seen)
			}
			<-tick.C
		}
	}()
	return sync.OnceFunc(func() { cancel(); <-ended })
}

// lookAtProcesses gathers arguments and environment of every process that is a program of ours.
func (h *haul) lookAtProcesses(bin string) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		dir := filepath.Join("/proc", e.Name())
		exe, err := os.Readlink(dir + "/exe")
		if err != nil || filepath.Dir(exe) != bin {
			continue
		}
		for _, name := range []string{"cmdline", "environ"} {
			data, _ := os.ReadFile(filepath.Join(dir, name)) // gone already
			h.add(name+" of "+filepath.Base(exe), data)
		}
	}
}

// lookAtFiles gathers files that are new, or have changed. Those that grow are swept.
func (h *haul) lookAtFiles(root string, seen map[string]time.Time) {
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && filepath.Ext(path) != ".log" {
			h.lookAtFile(path, entry, seen)
		}
		return nil // what has gone is no error
	})
}

func (h *haul) lookAtFile(path string, entry fs.DirEntry, seen map[string]time.Time) {
	info, err := entry.Info()
	if err != nil || info.ModTime().Equal(seen[path]) {
		return
	}
	seen[path] = info.ModTime()
	if data, err := os.ReadFile(path); err == nil {
		h.add("file "+path, data)
	}
}

// sweep gathers every file of the stage: settings, logs, output, the keychain's own file. What Chromium keeps is its
// own. Beside the stage it looks at what is new where programs leave things.
func (h *haul) sweep(d *desk, since time.Time) {
	h.t.Helper()
	err := filepath.WalkDir(d.Path(""), func(path string, entry fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err): // it has gone
			return nil
		case err != nil:
			return err
		case path == d.Path("home/chromium"):
			return filepath.SkipDir
		case entry.Type().IsRegular():
			h.file(path)
		}
		return nil
	})
	if err != nil {
		h.t.Error(err)
	}
	for _, dir := range []string{os.TempDir(), "/tmp", "/var/tmp", "/dev/shm", "/"} {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.ModTime().After(since) {
				h.file(filepath.Join(dir, e.Name()))
			}
		}
	}
}

func (h *haul) file(path string) {
	h.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		if !os.IsNotExist(err) {
			h.t.Error(err)
		}
		return
	}
	f := find{where: "file " + path, data: data}
	name := filepath.Base(path) // the output of `keyfob login`, and what our opener noted down
	f.links = strings.HasPrefix(name, "keyfob-") && !strings.HasPrefix(name, "keyfob-desktop-") || name == openerNotes
	h.take(f)
}

const openerNotes = "opener.notes"

// noteOpener makes the stage's xdg-open note down what it was started with, before it does what it did.
func (h *haul) noteOpener(d *desk) {
	h.t.Helper()
	path := d.Path("bin/xdg-open")
	script := must(os.ReadFile(path))(d)
	first, rest, _ := strings.Cut(string(script), "\n")
	notes := d.Path("log/" + openerNotes)
	noted := fmt.Sprintf("%s\n{ env; printf '%%s\\n' \"$@\"; } >>%s\n%s", first, notes, rest)
	if err := os.WriteFile(path, []byte(noted), 0o700); err != nil {
		d.Fatal(err)
	}
}
