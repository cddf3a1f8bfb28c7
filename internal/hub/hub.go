package hub

import (
	"context"
	"slices"
	"sync"

	"keyfob/internal/account"
)

// Accounts is who knows the accounts: session.Keeper.
type Accounts interface {
	// Known waits until the accounts are known. Before that it looks as if there were none.
	Known(ctx context.Context) error
	// Accounts returns the accounts as they are now, and the keychain's state.
	Accounts() ([]account.Account, account.Keychain)
}

// Hub makes the snapshots. Its methods may be called from any goroutine.
type Hub struct {
	accounts Accounts

	life context.Context //nolint:containedctx // the hub's own: every watcher ends with it
	end  context.CancelFunc
	work sync.WaitGroup

	mu       sync.Mutex // guards what follows
	ended    bool
	agent    account.Agent
	requests []account.Request // replaced, never changed
	askFirst []string          // ids, sorted
	gateways map[string]string // URLs by id; replaced, never changed
	seq      uint64
	raise    uint64
	watchers map[chan struct{}]struct{}
}

// New makes a hub that tells of this agent. Serve has to follow before anybody looks.
func New(agent account.Agent) *Hub {
	h := &Hub{agent: agent, watchers: map[chan struct{}]struct{}{}}
	h.life, h.end = context.WithCancel(context.Background())
	return h
}

// Serve says who knows the accounts. It is called once, before anything else.
func (h *Hub) Serve(accounts Accounts) { h.accounts = accounts }

// Run ends every watcher when ctx ends, and returns when all are gone.
func (h *Hub) Run(ctx context.Context) error {
	<-ctx.Done()
	h.mu.Lock()
	h.ended = true
	h.mu.Unlock()
	h.end()
	h.work.Wait()
	return nil
}

// Changed tells every watcher that there is something new. A publisher may call it with its own lock held.
func (h *Hub) Changed() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.changedLocked()
}

func (h *Hub) changedLocked() {
	h.seq++
	for w := range h.watchers {
		select {
		case w <- struct{}{}:
		default: // one sign is enough
		}
	}
}

// Snapshot is everything that a client draws, at this moment.
func (h *Hub) Snapshot() account.Snapshot {
	s, askFirst, gateways := h.own()
	s.Accounts, s.Keychain = h.accounts.Accounts()
	for i := range s.Accounts {
		a := &s.Accounts[i]
		_, a.AskFirst = slices.BinarySearch(askFirst, a.ID)
		a.GatewayURL = gateways[a.ID]
	}
	return s
}

// own is the hub's own part of a snapshot. It is taken before the accounts are asked: what changes in between has a
// higher number, and every watcher is told of it.
func (h *Hub) own() (s account.Snapshot, askFirst []string, gateways map[string]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s = account.Snapshot{Seq: h.seq, Raise: h.raise, Agent: h.agent, Requests: h.requests}
	return s, h.askFirst, h.gateways
}

// Watch gives the snapshot of now (as soon as the accounts are known) and then one after every change, until ctx or the
// hub ends; then the channel is closed. A reader that is slow misses some in between, never the latest, and holds up
// nobody.
func (h *Hub) Watch(ctx context.Context) <-chan account.Snapshot {
	out := make(chan account.Snapshot)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		close(out)
		return out
	}
	h.work.Go(func() {
		defer close(out)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(h.life, cancel)()
		h.watch(ctx, out)
	})
	return out
}

func (h *Hub) watch(ctx context.Context, out chan<- account.Snapshot) {
	if h.accounts.Known(ctx) != nil {
		return
	}
	changed := h.subscribe()
	defer h.unsubscribe(changed)
	for {
		select {
		case out <- h.Snapshot():
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		case <-changed: // before anybody took it: make it anew
		case <-ctx.Done():
			return
		}
	}
}

func (h *Hub) subscribe() chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	w := make(chan struct{}, 1)
	h.watchers[w] = struct{}{}
	return w
}

func (h *Hub) unsubscribe(w chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.watchers, w)
}

// Raise asks the window, if there is one, to come forward.
func (h *Hub) Raise() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.raise++
	h.changedLocked()
}

// SetTray notes whether a tray host shows our icon.
func (h *Hub) SetTray(shown bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.agent.Tray != shown {
		h.agent.Tray = shown
		h.changedLocked()
	}
}

// SetRequests notes which programs wait for a person's answer, and the ids of the accounts that ask first, sorted.
func (h *Hub) SetRequests(waiting []account.Request, askFirst []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests, h.askFirst = waiting, askFirst
	h.changedLocked()
}

// SetGateways notes which gateways are open: their URLs, by the ids of the accounts.
func (h *Hub) SetGateways(urls map[string]string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.gateways = urls
	h.changedLocked()
}
