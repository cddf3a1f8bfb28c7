package access

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sort"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/storage"
)

const (
	ledgerLines = 500              // that are kept
	ledgerBytes = 1 << 20          // of its file; a line has some hundred
	sameLine    = 10 * time.Minute // a program that comes again within this has its line changed, not a new one
	writeDelay  = 30 * time.Second // at most this is lost when the machine dies
)

// ledger is the list of hand-outs, the oldest first. It has a lock of its own, so that a hand-out never waits for a
// person's answer to be written.
type ledger struct {
	path    string
	log     *slog.Logger
	changed chan struct{} // holds a value when there is something to write

	mu    sync.Mutex
	dirty bool // lines are not in the file
	lines []account.HandOut
	last  map[lineKey]int // index in lines of each program's latest line
}

// lineKey tells which hand-outs share a line.
type lineKey struct {
	account, path, name string
	refused             bool
}

func lineOf(h account.HandOut) lineKey {
	return lineKey{h.Account, h.Program.Path, h.Program.Name, h.Refused}
}

// openLedger reads what was written before. A file that cannot be read is put aside, not overwritten.
func openLedger(path string, log *slog.Logger) *ledger {
	l := &ledger{path: path, log: log, changed: make(chan struct{}, 1), last: map[lineKey]int{}}
	data, err := readLedger(path)
	if err == nil {
		err = json.Unmarshal(data, &l.lines)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		log.Warn("the ledger cannot be read and begins anew", "error", err)
		l.lines = nil
		_ = os.Rename(path, path+".unreadable")
	}
	l.trim()
	return l
}

func readLedger(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > ledgerBytes {
		return nil, errors.New("it is too large or no file")
	}
	return os.ReadFile(path)
}

// trim keeps the newest lines and finds each program's latest.
func (l *ledger) trim() {
	l.lines = slices.Delete(l.lines, 0, max(0, len(l.lines)-ledgerLines))
	clear(l.last)
	for i, h := range l.lines {
		l.last[lineOf(h)] = i
	}
}

// add writes h down, as of now.
func (l *ledger) add(h account.HandOut) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now().Round(0)
	h.First, h.Last, h.Count = now, now, 1
	if i, there := l.last[lineOf(h)]; there && now.Sub(l.lines[i].Last) < sameLine {
		h.First, h.Count = l.lines[i].First, l.lines[i].Count+1
		l.lines[i] = h
	} else {
		l.append(h)
	}
	l.dirty = true
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// append adds a line. Some more than are kept may pile up, so that the list is not moved for each.
func (l *ledger) append(h account.HandOut) {
	l.lines = append(l.lines, h)
	l.last[lineOf(h)] = len(l.lines) - 1
	if len(l.lines) >= 2*ledgerLines {
		l.trim()
	}
}

// list is a copy, the latest first.
func (l *ledger) list(id string) []account.HandOut {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := []account.HandOut{} // none is a list as well
	for _, h := range l.lines[max(0, len(l.lines)-ledgerLines):] {
		if id == "" || h.Account == id {
			lines = append(lines, h)
		}
	}
	sort.SliceStable(lines, func(i, k int) bool { return lines[i].Last.After(lines[k].Last) })
	return lines
}

// write writes all of it anew: it is small, and so never half written. A disk that fails is tried again with the next.
func (l *ledger) write() {
	l.mu.Lock()
	dirty := l.dirty
	l.dirty = false
	l.mu.Unlock()
	if !dirty {
		return
	}
	lines := l.list("")
	slices.Reverse(lines)
	data, err := json.Marshal(lines)
	if err == nil {
		err = storage.WriteFile(l.path, data)
	}
	if err != nil {
		l.log.Warn("the ledger cannot be written", "error", err)
	}
}

// keep writes what changes, not at once but soon, until ctx ends.
func (l *ledger) keep(ctx context.Context) {
	for {
		select {
		case <-l.changed:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(writeDelay): // more may come
			l.write()
		case <-ctx.Done():
			return
		}
	}
}
