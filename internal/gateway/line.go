package gateway

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"sync"
)

// entrance takes in connections at one door for as long as there is room, which all doors of a gateway share. Of those
// who come then, one waits inside of each door and the others outside: a door where nobody comes takes up no room.
type entrance struct {
	Door

	address string
	room    chan struct{}
	closed  chan struct{}
	once    sync.Once
}

func newEntrance(d Door, room chan struct{}) *entrance {
	return &entrance{Door: d, address: d.Addr().String(), room: room, closed: make(chan struct{})}
}

func (e *entrance) Accept() (net.Conn, error) {
	conn, err := e.Door.Accept()
	if err != nil {
		return nil, err
	}
	select {
	case e.room <- struct{}{}:
		return &line{Conn: conn, door: e, leave: sync.OnceFunc(func() { <-e.room })}, nil
	case <-e.closed:
		conn.Close()
		return nil, net.ErrClosed
	}
}

func (e *entrance) Close() error {
	e.once.Do(func() { close(e.closed) })
	return e.Door.Close()
}

// line is a connection that looks at the header of each request as it comes over the wire. net/http mends what servers
// read differently, and does not tell: it joins lines that are folded (RFC 9112 §5.2), takes a length away where a body
// comes in chunks, and makes one of two equal lengths (§6.3). What it mends would do no harm here, as the request is
// written anew; but who sends such a thing is broken, or up to something.
//
// Of a request that is sent before the one ahead of it is done (pipelining) the header may go unseen; it is refused for
// that. No tool does it.
type line struct {
	net.Conn

	door   *entrance // that it came in by
	leave  func()
	client string // whose key the request under way has; a connection's requests are served one after the other

	mu     sync.Mutex
	header header
}

// header is what was seen of a request's header.
type header struct {
	begin   []byte // of the line that is being read, as far as it matters
	lines   int
	lengths int
	chunks  bool
	folded  bool
	whole   bool
}

// proper tells whether all of it was seen, and every server would read it alike.
func (h *header) proper() bool {
	return h.whole && !h.folded && h.lengths <= 1 && (h.lengths == 0 || !h.chunks)
}

// feed looks at what came; what comes after a header's end is the body.
func (h *header) feed(p []byte) {
	const enough = len("transfer-encoding:")
	for len(p) > 0 && !h.whole {
		text, rest, ended := bytes.Cut(p, []byte("\n"))
		h.begin = append(h.begin, text[:min(len(text), max(0, enough-len(h.begin)))]...)
		if ended {
			h.line(bytes.TrimSuffix(h.begin, []byte("\r")))
			h.begin = h.begin[:0]
		}
		p = rest
	}
}

// line takes the beginning of a line that has ended. The first is the request line.
func (h *header) line(begin []byte) {
	name, _, _ := bytes.Cut(begin, []byte(":"))
	switch name = bytes.TrimSpace(name); {
	case len(begin) == 0:
		h.whole = h.lines > 0
		return
	case h.lines == 0:
	case begin[0] == ' ' || begin[0] == '\t':
		h.folded = true
	case bytes.EqualFold(name, []byte("content-length")):
		h.lengths++
	case bytes.EqualFold(name, []byte("transfer-encoding")):
		h.chunks = true
	}
	h.lines++
}

func (l *line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.header.feed(p[:n])
	return n, err
}

func (l *line) Close() error {
	l.leave()
	return l.Conn.Close()
}

func (l *line) proper() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.header.proper()
}

// next begins with the header of the next request. It is called when all of the one before has been read.
func (l *line) next() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.header = header{begin: l.header.begin[:0]}
}

// lineKey finds the connection in a request's context.
type lineKey struct{}

func withLine(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, lineKey{}, c)
}

func lineOf(ctx context.Context) *line { return ctx.Value(lineKey{}).(*line) }

// turn is told of a connection's states.
func turn(c net.Conn, state http.ConnState) {
	if state == http.StateIdle {
		c.(*line).next()
	}
}
