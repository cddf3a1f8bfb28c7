package storage

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"io/fs"
	"sync"

	"keyfob/internal/fault"
)

// ChildArg is the argument that makes a program of ours call RunChild, and do nothing else.
const ChildArg = "keychain-child"

// maxCopies is how many items of one name a Delete takes away before it believes that the keychain lies.
const maxCopies = 10

// errNothing is what a vault answers where nothing is kept under a key, before anybody has looked why.
var errNothing = errors.New("the keychain has no such item")

// RunChild performs the requests that it reads from in, at the same time, writes each answer to out when it is there,
// and returns the exit code with which the process shall end at once. It returns when in is closed: the parent has no
// more requests, or is gone, and nobody would end a prompt that hangs.
func RunChild(in io.Reader, out io.Writer) int {
	s := &server{out: out, cancels: map[uint64]context.CancelFunc{}}
	defer s.line.close()
	for {
		var q request
		switch err := readFrame(in, &q); {
		case errors.Is(err, io.EOF):
			return s.left()
		case err != nil:
			return 2
		}
		s.take(q)
	}
}

// server is the child's side of the pipes.
type server struct {
	line line

	writing sync.Mutex
	out     io.Writer

	mu      sync.Mutex
	served  bool
	cancels map[uint64]context.CancelFunc // of what is under way
}

// take begins a request, or ends one that nobody waits for any more.
func (s *server) take(q request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served = true
	if q.Op == opCancel {
		if cancel := s.cancels[q.ID]; cancel != nil {
			cancel()
		}
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancels[q.ID] = cancel
	go func() {
		a := s.line.perform(ctx, q)
		a.ID = q.ID
		s.writing.Lock()
		_ = writeFrame(s.out, a) // a parent that is gone has closed the other pipe as well
		s.writing.Unlock()
		cancel()
		s.mu.Lock()
		delete(s.cancels, q.ID)
		s.mu.Unlock()
	}()
}

// left is the exit code where the parent is gone: 2 where it has asked nothing, 1 where it did not wait for an answer.
func (s *server) left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !s.served:
		return 2
	case len(s.cancels) > 0:
		return 1
	}
	return 0
}

// perform does what one request asks for.
func (l *line) perform(ctx context.Context, q request) answer {
	v, err := l.open(ctx, q.Interactive)
	if err != nil {
		return answered(nil, err)
	}
	if q.Op == opMany {
		many, err := v.loadMany(q.Keys)
		return answer{Many: many, Fault: fault.Of(err)}
	}
	a := v.perform(q)
	a.Asks = v.asks
	return a
}

// answered tells a fault from an absence by asking for the fault first: a bus whose socket is missing has
// fs.ErrNotExist for its cause too, and "no keychain" must not be taken for "signed out".
func answered(data []byte, err error) answer {
	if !errors.As(err, new(*fault.Error)) && errors.Is(err, fs.ErrNotExist) {
		return answer{Absent: true}
	}
	return answer{Data: data, Fault: fault.Of(err)}
}

func (v *vault) perform(q request) answer {
	if err := v.ready(q.Key); err != nil {
		return answered(nil, err)
	}
	return answered(v.operate(q))
}

func (v *vault) operate(q request) ([]byte, error) {
	switch q.Op {
	case opLoad:
		return v.load(q.Key)
	case opSave:
		return nil, v.save(q.Key, q.Data)
	case opDelete:
		return nil, v.remove(q.Key)
	case opProbe:
		return nil, v.probe()
	case opClear:
		return nil, v.cleared(v.deleteAll())
	case opMany, opCancel: // have answers of their own, or none
	}
	return nil, failed("an operation that does not exist")
}

func (v *vault) load(key string) ([]byte, error) {
	data, err := v.get(key)
	if errors.Is(err, errNothing) {
		return nil, v.absent(key)
	}
	if err != nil {
		return nil, v.explain(err)
	}
	return data, nil
}

// save reads back, because a keychain may say yes and keep nothing; and has somebody else look, because it may keep for
// us alone, and the next process is somebody else.
func (v *vault) save(key string, data []byte) error {
	if err := v.set(key, data); err != nil {
		return v.explain(err)
	}
	if err := v.kept(key, data); err != nil {
		return err
	}
	return v.keptForTheNext(key, data)
}

// kept reads what was just saved.
func (v *vault) kept(key string, data []byte) error {
	kept, err := v.get(key)
	switch {
	case errors.Is(err, errNothing):
		return failed("the keychain said yes and kept nothing")
	case err != nil:
		return v.explain(err)
	case subtle.ConstantTimeCompare(kept, data) != 1:
		return failed("the keychain gives back something else than it was given")
	}
	return nil
}

// remove takes away every copy, then looks whether one is left.
func (v *vault) remove(key string) error {
	for n := range maxCopies {
		err := v.deleteOne(key)
		if errors.Is(err, errNothing) {
			return v.removed(key, n)
		}
		if err != nil {
			return v.explain(err)
		}
	}
	return failed("the keychain said yes and deleted nothing")
}

func (v *vault) removed(key string, copies int) error {
	err := v.absent(key)
	if copies > 0 && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// probe does with an item that cannot be anybody's what is done with a sign-in: it is saved, read by the next, and
// deleted. Who says no is not asked again: nothing was saved then.
func (v *vault) probe() error {
	key := "probe/" + rand.Text()
	saved := v.save(key, []byte(rand.Text()))
	if fault.CodeOf(saved) == fault.KeychainDenied {
		return saved
	}
	removed := v.remove(key)
	if saved != nil {
		return saved
	}
	if errors.Is(removed, fs.ErrNotExist) {
		return failed("the keychain lost what it had just given back")
	}
	return removed
}

// failed is the fault for a keychain that works, but not as it should.
func failed(reason string) error {
	return fault.New(fault.KeychainFailed).Because(errors.New(reason))
}
