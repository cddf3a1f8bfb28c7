package access

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"keyfob/internal/account"
	"keyfob/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// person is somebody at a window: what they are asked, and how often a window came to them.
type person struct {
	mu       sync.Mutex
	waiting  []account.Request
	askFirst []string
	summoned int
	absent   error // what ShowWindow says
}

func (p *person) summon() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.summoned++
	return p.absent
}

func (p *person) changed(waiting []account.Request, askFirst []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting, p.askFirst = waiting, askFirst
}

func (p *person) sees() []account.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting
}

func (p *person) windows() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.summoned
}

// home is a folder with what survives a restart.
type home string

func (h home) options(p *person) Options {
	return Options{
		Policies: storage.NewFiles(filepath.Join(string(h), "access"), ".json"), Ledger: h.ledger(),
		ShowWindow: p.summon, Changed: p.changed, Log: slog.New(slog.DiscardHandler),
	}
}

func (h home) ledger() string { return filepath.Join(string(h), "handouts.json") }

func (h home) policy(id string) string { return filepath.Join(string(h), "access", id+".json") }

var (
	python = account.Program{Name: "python3", Path: "/usr/bin/python3", PID: 7}
	curl   = account.Program{Name: "curl", Path: "/usr/bin/curl", PID: 8}
	nobody = account.Program{Name: "A program", PID: 9}
)

// gladly is that there is something to ask a person about.
func gladly(context.Context) error { return nil }
