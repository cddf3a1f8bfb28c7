package agent

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"

	"keyfob/assets"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/hub"
	"keyfob/internal/profile"
	"keyfob/internal/session"
	"keyfob/storage"
)

// demoHost keeps the demo provider running while its account is there: it starts when a person asks for the demo,
// comes back with the agent, and ends when the account is removed.
type demoHost struct {
	keeper   *session.Keeper
	hub      *hub.Hub
	profiles *storage.Files
	start    func(context.Context) (io.Closer, error)
	log      *slog.Logger

	mu      sync.Mutex // held while either of provider and account is there and the other is not yet
	running io.Closer
}

// Begin starts the provider and adds its account, where either is not there yet.
func (d *demoHost) Begin(ctx context.Context) error {
	p, err := profile.Parse(assets.DemoProfile())
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.ensureLocked(ctx); err != nil {
		return err
	}
	if _, err := d.keeper.Profile(ctx, p.ID); err == nil {
		return nil
	}
	return d.keeper.Import(ctx, p, false)
}

// resume starts the provider if its account is stored. It runs before the Keeper, so that the stored session finds
// its provider. A demo that cannot start is no reason not to start Keyfob: its account says that it is unreachable.
func (d *demoHost) resume(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.stored(ctx) {
		return
	}
	if err := d.ensureLocked(ctx); err != nil {
		d.log.Warn("demo provider", "error", err)
	}
}

// follow stops the provider when its account has gone, and at the end. Snapshots say when to look; what counts is the
// stored profile, since a watcher may miss snapshots, and the first ones come before the profiles are read.
func (d *demoHost) follow(ctx context.Context) error {
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.endLocked()
	}()
	for s := range d.hub.Watch(ctx) {
		if !hasDemo(s) {
			d.endIfGone(ctx)
		}
	}
	return nil
}

func hasDemo(s account.Snapshot) bool {
	return slices.ContainsFunc(s.Accounts, func(a account.Account) bool { return a.Demo })
}

func (d *demoHost) endIfGone(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running != nil && !d.stored(ctx) {
		d.endLocked()
	}
}

// stored tells whether the demo's account is there, as far as the disk tells.
func (d *demoHost) stored(ctx context.Context) bool {
	demo, err := profile.Parse(assets.DemoProfile())
	if err != nil {
		return false
	}
	_, err = d.profiles.Load(ctx, demo.ID)
	return err == nil
}

// ensureLocked starts the provider where it does not run.
func (d *demoHost) ensureLocked(ctx context.Context) error {
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

// endLocked stops the provider.
func (d *demoHost) endLocked() {
	if d.running != nil {
		_ = d.running.Close()
		d.running = nil
	}
}
