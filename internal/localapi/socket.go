package localapi

import (
	"log/slog"
	"net"
	"path/filepath"
	"sync"

	"keyfob/storage"
)

// Socket is where an agent listens, and goes on listening when its socket is lost: when somebody removes it or its
// folder, puts something else into its place, or when the system takes the runtime folder away at a logout. It is a
// net.Listener; who accepts from it does not notice.
type Socket struct {
	places storage.Places
	log    *slog.Logger
	moved  func(path string)

	mu     sync.Mutex
	now    *listener
	closed bool
	said   string // what the log has said last of why it is not at the best place
}

// OpenSocket listens at the first place of a socket, and nowhere else: an agent that starts says so where it cannot.
// The errors are those of Listen. Moved is told each place after that.
func OpenSocket(places storage.Places, log *slog.Logger, moved func(path string)) (*Socket, error) {
	l, err := listenAt(places.Socket())
	if err != nil {
		return nil, err
	}
	return &Socket{places: places, log: log, moved: moved, now: l}, nil
}

// Look makes sure that the agent can be reached, at the best place there is. It is called every few seconds. What
// somebody else has put into the place of the socket is not followed and not deleted: the next place serves meanwhile.
func (s *Socket) Look() {
	here := s.current()
	lost := !here.reachable()
	var why error
	for _, path := range s.places.Sockets() {
		if !lost && path == here.path {
			break
		}
		l, err := relisten(path)
		if err == nil {
			s.move(l, why)
			return
		}
		if why == nil {
			why = err
		}
	}
	s.say(lost, why)
}

// relisten listens at path, and makes its folder where that is gone.
func relisten(path string) (*listener, error) {
	if _, err := storage.MakeSocketFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return listenAt(path)
}

// move listens with l from now on. Why is what is wrong with the best place, if l is elsewhere.
func (s *Socket) move(l *listener, why error) {
	s.mu.Lock()
	was := s.now
	if s.closed {
		s.mu.Unlock()
		_ = l.Close()
		return
	}
	s.now = l
	s.mu.Unlock()
	_ = was.Close() // Accept goes on with the new one
	s.log.Warn("the socket was lost or can be better placed; listening again", "path", l.path, "instead", why)
	s.moved(l.path)
}

// say writes into the log why the agent is not where it should be, once for each reason.
func (s *Socket) say(lost bool, why error) {
	text := ""
	if why != nil {
		text = why.Error()
	}
	s.mu.Lock()
	news := text != s.said
	s.said = text
	s.mu.Unlock()
	if news && why != nil {
		s.log.Warn("the socket is not where it should be", "reachable", !lost, "error", why)
	}
}

func (s *Socket) current() *listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Path is where it listens now.
func (s *Socket) Path() string { return s.current().path }

// Accept returns the next connection, wherever it comes in.
func (s *Socket) Accept() (net.Conn, error) {
	for {
		l := s.current()
		c, err := l.Accept()
		if err == nil || s.current() == l {
			return c, err
		}
	}
}

// Close stops listening for good.
func (s *Socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.now.Close()
}

// Addr is the address of the socket.
func (s *Socket) Addr() net.Addr { return s.current().Addr() }
