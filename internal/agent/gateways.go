package agent

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"maps"
	"sync"
	"time"

	"keyfob/internal/access"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/gateway"
	"keyfob/internal/hub"
	"keyfob/internal/localapi/client"
	"keyfob/internal/session"
	"keyfob/internal/words"
)

// gateways are those that a person has opened in the window. None is open after a start; one ends with its account,
// and when its account's profile changes.
type gateways struct {
	keeper *session.Keeper
	hub    *hub.Hub
	access *access.Control
	log    *slog.Logger

	running sync.WaitGroup
	mu      sync.Mutex
	closed  bool // for good
	open    map[string]openGateway
}

type openGateway struct {
	url string // the first of its addresses
	end context.CancelFunc
}

// Open opens the gateway of an account, on ports that are free, with a new key. One that is open already is closed
// first: nobody has its key any more.
func (g *gateways) Open(ctx context.Context, id string) (account.OpenGateway, error) {
	p, err := g.keeper.Profile(ctx, id)
	if err != nil {
		return account.OpenGateway{}, err
	}
	key, text := gateway.NewKey(id)
	s, err := gateway.New(gateway.Options{
		Profile: p, Keys: []gateway.Key{key}, Log: g.log,
		Credentials: client.Credentials(noted{g.keeper, g.access}, id, 0),
	})
	if err != nil {
		return account.OpenGateway{}, err
	}
	listeners, err := s.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return account.OpenGateway{}, err
	}
	told := account.OpenGateway{URL: listeners[0].URL(), Key: text}
	for _, l := range listeners {
		told.Addresses = append(told.Addresses, account.GatewayAddress{URL: l.URL(), API: l.Base})
	}

	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		listeners.Close()
		return account.OpenGateway{}, fault.New(fault.NoAgent)
	}
	g.closeLocked(id)
	serving, end := context.WithCancel(context.WithoutCancel(ctx))
	g.running.Go(func() {
		if err := s.Serve(serving, listeners); err != nil {
			g.log.Warn("gateway", "account", id, "error", err)
		}
	})
	g.open[id] = openGateway{told.URL, end}
	g.publishLocked()
	return told, nil
}

// Close closes the gateway of an account, if there is one.
func (g *gateways) Close(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closeLocked(id) {
		g.publishLocked()
	}
}

// closeLocked tells whether there was one.
func (g *gateways) closeLocked(id string) bool {
	one, there := g.open[id]
	if there {
		one.end()
		delete(g.open, id)
	}
	return there
}

// publishLocked tells the clients.
func (g *gateways) publishLocked() {
	urls := map[string]string{}
	for id, one := range g.open {
		urls[id] = one.url
	}
	g.hub.SetGateways(urls)
}

// Run closes all of them when ctx ends, and waits for what is under way.
func (g *gateways) Run(ctx context.Context) error {
	<-ctx.Done()
	g.mu.Lock()
	g.closed = true
	for id := range maps.Clone(g.open) {
		g.closeLocked(id)
	}
	g.mu.Unlock()
	g.running.Wait()
	return nil
}

// noted asks the Keeper for tokens, and writes them into the ledger as a gateway's own.
type noted struct {
	keeper *session.Keeper
	access *access.Control
}

// Token implements client.Source.
func (n noted) Token(ctx context.Context, id string, minValid time.Duration) (account.Access, error) {
	access, err := n.keeper.Token(ctx, id, minValid)
	return n.note(id, access, err)
}

// TokenInsteadOf implements client.Source.
func (n noted) TokenInsteadOf(
	ctx context.Context, id string, refused [sha256.Size]byte, minValid time.Duration,
) (account.Access, error) {
	access, err := n.keeper.TokenInsteadOf(ctx, id, refused, minValid)
	return n.note(id, access, err)
}

func (n noted) note(id string, access account.Access, err error) (account.Access, error) {
	if err == nil {
		n.access.HandedOut(id, account.Program{Name: words.T("program.gateway")}, access.Expiry)
	}
	return access, err
}
