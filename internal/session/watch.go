package session

import (
	"context"
	"slices"

	"keyfob/internal/account"
)

// Snapshot is everything a face draws, at this moment.
func (k *Keeper) Snapshot() account.Snapshot {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := account.Snapshot{
		Seq: k.seq, Raise: k.raise, Keychain: k.keychain, Agent: k.agent,
		Accounts: make([]account.Account, 0, len(k.order)), Requests: k.requests,
	}
	now := k.now()
	for _, e := range k.order {
		a := e.account(k.keychain.State, now)
		_, a.AskFirst = slices.BinarySearch(k.askFirst, a.ID)
		a.GatewayURL = k.gateways[a.ID]
		s.Accounts = append(s.Accounts, a)
	}
	return s
}

// Watch gives the snapshot of now (as soon as the profiles are known) and then one after every change, until ctx or the
// Keeper ends; then the channel is closed. A reader that is slow misses some in between, never the latest, and holds up
// nobody.
func (k *Keeper) Watch(ctx context.Context) <-chan account.Snapshot {
	out := make(chan account.Snapshot)
	if !k.start(func() { defer close(out); k.watch(ctx, out) }) {
		close(out)
	}
	return out
}

func (k *Keeper) watch(ctx context.Context, out chan<- account.Snapshot) {
	if k.wait(ctx, k.opened) != nil {
		return
	}
	changed := k.subscribe()
	defer k.unsubscribe(changed)
	for {
		select {
		case out <- k.Snapshot():
			if k.wait(ctx, changed) != nil { // nothing new until it changes
				return
			}
		case <-changed: // before anybody took it: make it anew
		case <-k.ended:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (k *Keeper) subscribe() chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	w := make(chan struct{}, 1)
	k.watchers[w] = struct{}{}
	return w
}

func (k *Keeper) unsubscribe(w chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.watchers, w)
}

// Raise asks the window, if there is one, to come forward.
func (k *Keeper) Raise() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.raise++
	k.changed()
}

// SetTray notes whether a tray host shows our icon.
func (k *Keeper) SetTray(shown bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.agent.Tray != shown {
		k.agent.Tray = shown
		k.changed()
	}
}

// SetRequests notes which programs wait for a person's answer, and which accounts ask first.
func (k *Keeper) SetRequests(waiting []account.Request, askFirst []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests, k.askFirst = waiting, askFirst
	k.changed()
}

// SetGateways notes which gateways are open.
func (k *Keeper) SetGateways(urls map[string]string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gateways = urls
	k.changed()
}
