package resident

import (
	"context"
	"io"
	"log/slog"
	"sync"

	"keyfob/account"
	"keyfob/assets"
	"keyfob/internal/fault"
	"keyfob/profile"
	"keyfob/session"
	"keyfob/storage"
)

// demoHost keeps the demo provider running while its account is there: it starts when a person asks for the demo,
// comes back with the resident, and ends when the account is removed.
type demoHost struct {
	keeper   *session.Keeper
	profiles *storage.Files
	start    func(context.Context) (io.Closer, error)
	log      *slog.Logger

	mu      sync.Mutex
	running io.Closer
}

// Begin starts the provider and adds its account, where either is not there yet.
func (d *demoHost) Begin(ctx context.Context) error {
	p, err := profile.Parse(assets.DemoProfile())
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	if err := d.ensure(ctx); err != nil {
		return err
	}
	if _, err := d.keeper.Profile(p.ID); err == nil {
		return nil
	}
	return d.keeper.Import(ctx, p, false)
}

// resume starts the provider if its account is stored. It runs before the Keeper, so that the stored session finds
// its provider. A demo that cannot start is no reason not to start Keyfob: its account says that it is unreachable.
func (d *demoHost) resume(ctx context.Context) {
	demo, err := profile.Parse(assets.DemoProfile())
	if err != nil {
		return
	}
	if _, err := d.profiles.Load(ctx, demo.ID); err != nil {
		return
	}
	if err := d.ensure(ctx); err != nil {
		d.log.Warn("demo provider", "error", err)
	}
}

// follow stops the provider when its account goes, and at the end.
func (d *demoHost) follow(ctx context.Context) error {
	defer d.end()
	was := false
	for s := range d.keeper.Watch(ctx) {
		is := hasDemo(s)
		if was && !is {
			d.end()
		}
		was = is
	}
	return nil
}

func hasDemo(s account.Snapshot) bool {
	for _, a := range s.Accounts {
		if a.Demo {
			return true
		}
	}
	return false
}

func (d *demoHost) ensure(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running != nil {
		return nil
	}
	running, err := d.start(context.WithoutCancel(ctx)) // it outlives the request that asks for it
	if err != nil {
		return err
	}
	d.running = running
	return nil
}

func (d *demoHost) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running != nil {
		_ = d.running.Close()
		d.running = nil
	}
}
