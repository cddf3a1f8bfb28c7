package apicall

import (
	"errors"
	"io"
	"sync"
)

// replayBytes is how much of a request's body is kept, to be sent once more. A longer one is streamed, and sent once.
const replayBytes = 1 << 20

var (
	errTooLarge = errors.New("the body is too long to be sent again")
	errEnded    = errors.New("the body is sent anew")
	errBody     = errors.New("the body broke off")
)

// replay is a request's body that can be sent again: what is read of it is kept, up to a limit, and nothing is read
// before it is wanted. A transport may go on reading for a request whose answer is there already; what it reads then is
// kept for the next.
type replay struct {
	src io.ReadCloser

	reading sync.Mutex // held while src is read, which may take long
	kept    []byte
	total   int   // bytes that src gave
	err     error // of src; io.EOF at its end

	mu    sync.Mutex
	over  bool // more was read than is kept
	now   *replayReader
	final bool // there will be no other sending
}

// replayReader is the body for one request.
type replayReader struct {
	*replay

	at     int
	closed bool
}

// begin is the body from its beginning, for a request that takes the place of the one before.
func (r *replay) begin() *replayReader {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = &replayReader{replay: r}
	return r.now
}

// again is begin, if all that went out is kept.
func (r *replay) again() (io.ReadCloser, error) {
	if !r.whole() {
		return nil, errTooLarge
	}
	return r.begin(), nil
}

// whole tells whether all that was read is kept.
func (r *replay) whole() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.over
}

// settle says that nobody will begin anew. The body is closed with the reader that is left.
func (r *replay) settle() {
	r.mu.Lock()
	r.final = true
	ended := r.now == nil || r.now.closed
	r.mu.Unlock()
	if ended {
		r.src.Close()
	}
}

// Close ends this sending.
func (s *replayReader) Close() error {
	s.mu.Lock()
	ended := s.final && s.now == s && !s.closed
	s.closed = true
	s.mu.Unlock()
	if ended {
		return s.src.Close()
	}
	return nil
}

func (s *replayReader) Read(p []byte) (int, error) {
	s.reading.Lock()
	defer s.reading.Unlock()
	switch {
	case !s.current():
		return 0, errEnded
	case s.at == s.total && s.err != nil:
		return 0, s.err
	case s.at == s.total:
		return s.more(p)
	case !s.whole():
		return 0, errTooLarge
	}
	n := copy(p, s.kept[s.at:])
	s.at += n
	return n, nil
}

func (s *replayReader) current() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now == s
}

// more reads on in the body itself.
func (s *replayReader) more(p []byte) (int, error) {
	n, err := s.src.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = errors.Join(errBody, err)
	}
	s.err = err
	s.total, s.at = s.total+n, s.at+n
	if s.total <= replayBytes {
		s.kept = append(s.kept, p[:n]...)
		return n, err
	}
	s.kept = nil
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
	return n, err
}
