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
// before it is wanted. A transport may go on reading for a request whose response is there already; what it reads then
// is kept for the next.
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
func (r *replayReader) Close() error {
	r.mu.Lock()
	ended := r.final && r.now == r && !r.closed
	r.closed = true
	r.mu.Unlock()
	if ended {
		return r.src.Close()
	}
	return nil
}

func (r *replayReader) Read(p []byte) (int, error) {
	r.reading.Lock()
	defer r.reading.Unlock()
	switch {
	case !r.current():
		return 0, errEnded
	case r.at == r.total && r.err != nil:
		return 0, r.err
	case r.at == r.total:
		return r.more(p)
	case !r.whole():
		return 0, errTooLarge
	}
	n := copy(p, r.kept[r.at:])
	r.at += n
	return n, nil
}

func (r *replayReader) current() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now == r
}

// more reads on in the body itself.
func (r *replayReader) more(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = errors.Join(errBody, err)
	}
	r.err = err
	r.total, r.at = r.total+n, r.at+n
	if r.total <= replayBytes {
		r.kept = append(r.kept, p[:n]...)
		return n, err
	}
	r.kept = nil
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	return n, err
}
