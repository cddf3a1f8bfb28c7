package localapi

import (
	"container/list"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// maxGuests is how many connections are open at once: some 5 MB at worst, with the buffers of net/http.
	maxGuests = 256
	// patience is how long a connection may be silent before it makes way for another, when all places are taken. A
	// caller needs far less between connecting and asking, and nobody is sent away while there are places. A thousand
	// silent ones that come at once hold up the next caller for less than two seconds.
	patience = 500 * time.Millisecond
)

// lobby is the listener that the HTTP server accepts from. It lets in only processes of our own user, and bounds the
// connections without harm to real callers: when the house is full, the connection that has been silent for longest
// is closed; when nobody is silent, the next caller waits in the kernel's queue.
type lobby struct {
	net.Listener
	log    *slog.Logger
	closed chan struct{}
	freed  chan struct{} // holds a value when a place may have become free
	once   sync.Once

	mu     sync.Mutex
	inside int
	silent list.List // of *guest without a request under way; who waits for longest is in front
}

func newLobby(l net.Listener, log *slog.Logger) *lobby {
	return &lobby{Listener: l, log: log, closed: make(chan struct{}), freed: make(chan struct{}, 1)}
}

// Accept returns the next connection of our own user, when there is a place for it.
func (l *lobby) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		g, err := l.greet(c)
		if err != nil {
			l.log.Warn("connection refused", "error", err)
			c.Close()
			continue
		}
		if !l.enter(g) {
			c.Close()
			return nil, net.ErrClosed
		}
		return g, nil
	}
}

func (l *lobby) greet(c net.Conn) (*guest, error) {
	conn, ok := c.(*net.UnixConn)
	if !ok {
		return nil, net.UnknownNetworkError(c.LocalAddr().Network())
	}
	caller, err := sameUser(conn)
	return newGuest(l, conn, caller), err
}

// enter waits for a place. It is false when the lobby closes first.
func (l *lobby) enter(g *guest) bool {
	for {
		wait, ok := l.tryEnter(g, time.Now())
		if ok {
			return true
		}
		again := time.NewTimer(wait)
		select {
		case <-l.closed:
			again.Stop()
			return false
		case <-l.freed:
		case <-again.C:
		}
		again.Stop()
	}
}

// tryEnter gives g a place, if need be that of a silent guest. Where there is none it tells when to look again.
func (l *lobby) tryEnter(g *guest, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inside >= maxGuests {
		leaving, wait := l.mostSilent(now)
		if leaving == nil {
			return wait, false
		}
		l.leave(leaving)
		leaving.Close()
	}
	l.inside++
	l.waits(g, now)
	return 0, true
}

// mostSilent returns the guest to send away: the one that has been silent for longest, beyond our patience. One who
// has spoken and was not heard yet, because this machine is busy, is not silent.
func (l *lobby) mostSilent(now time.Time) (g *guest, wait time.Duration) {
	for e := l.silent.Front(); e != nil; e = e.Next() {
		g := e.Value.(*guest)
		if age := now.Sub(g.since); age < patience {
			return nil, patience - age
		}
		if !unheard(g.UnixConn) {
			return g, 0
		}
	}
	return nil, patience
}

// track follows the connections; it is the server's ConnState hook. StateNew lasts until the first request's header
// is complete, so half a request counts as silence.
func (l *lobby) track(c net.Conn, state http.ConnState) {
	g := c.(*guest)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateActive:
		l.asks(g)
	case http.StateIdle:
		l.waits(g, time.Now())
		l.wake()
	case http.StateHijacked, http.StateClosed:
		l.leave(g)
		l.wake()
	case http.StateNew: // entered already
	}
}

func (l *lobby) waits(g *guest, now time.Time) {
	if g.left || g.place != nil {
		return
	}
	g.since, g.place = now, l.silent.PushBack(g)
}

func (l *lobby) asks(g *guest) {
	if g.place != nil {
		l.silent.Remove(g.place)
		g.place = nil
	}
}

func (l *lobby) leave(g *guest) {
	if g.left {
		return
	}
	l.asks(g)
	g.left = true
	l.inside--
}

// listens is that the server waits for g's body, or the rest of it: g counts as silent, else half a body would hold a
// place for as long as a body may take. It tells whether that is new.
func (l *lobby) listens(g *guest) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !g.owes.Load() || g.place != nil {
		return false
	}
	l.waits(g, time.Now())
	return true
}

// heard is that all of g's body has come.
func (l *lobby) heard(g *guest) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g.owes.Store(false)
	l.asks(g)
}

func (l *lobby) wake() {
	select {
	case l.freed <- struct{}{}:
	default:
	}
}

// Close stops listening, removes the socket, and closes the silent connections, so that the server's shutdown waits
// for requests only.
func (l *lobby) Close() error {
	l.once.Do(func() { close(l.closed) })
	err := l.Listener.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for e := l.silent.Front(); e != nil; e = e.Next() {
		e.Value.(*guest).Close()
	}
	return err
}
