package storage

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"io"
	"io/fs"

	"github.com/zalando/go-keyring"

	"keyfob/internal/fault"
)

// ChildArg is the argument that makes a program of ours call RunChild, and do nothing else.
const ChildArg = "keychain-child"

// maxCopies is how many items of one name a Delete takes away before it believes that the keychain lies.
const maxCopies = 10

// RunChild performs the one request that it reads from in, writes the answer to out, and returns the exit code with
// which the process shall end at once. It returns early when in is closed: the parent is gone, and nobody would end a
// prompt that hangs.
func RunChild(in io.Reader, out io.Writer) int {
	var q request
	if err := readFrame(in, &q); err != nil {
		return 2
	}
	done := make(chan answer, 1)
	go func() { done <- perform(q) }()
	orphaned := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, in)
		close(orphaned)
	}()
	select {
	case a := <-done:
		if writeFrame(out, a) != nil {
			return 1
		}
		return 0
	case <-orphaned:
		return 1
	}
}

// perform looks before it calls the library, which would prompt without being asked and start a bus of its own.
func perform(q request) answer {
	v, err := openVault(q.Interactive)
	if err != nil {
		return answered(nil, err)
	}
	defer v.close()
	if q.Op == opMany {
		many, err := v.loadMany(q.Keys)
		return answer{Many: many, Fault: fault.Of(err)}
	}
	return v.perform(q)
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
		return nil, v.cleared(keyring.DeleteAll(service))
	case opMany: // has an answer of its own
	}
	return nil, failed("an operation that does not exist")
}

func (v *vault) load(key string) ([]byte, error) {
	data, err := keyring.Get(service, key)
	if errors.Is(err, keyring.ErrNotFound) {
		return nil, v.absent(key)
	}
	if err != nil {
		return nil, v.explain(err)
	}
	return []byte(data), nil
}

// save reads back, because the library returns nil for a dismissed prompt, and macOS's tool for most of its errors.
func (v *vault) save(key string, data []byte) error {
	if err := keyring.Set(service, key, string(data)); err != nil {
		return v.explain(err)
	}
	kept, err := keyring.Get(service, key)
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return failed("the keychain said yes and kept nothing")
	case err != nil:
		return v.explain(err)
	case subtle.ConstantTimeCompare([]byte(kept), data) != 1:
		return failed("the keychain gives back something else than it was given")
	}
	return nil
}

// remove takes away every copy, then looks whether one is left.
func (v *vault) remove(key string) error {
	for n := range maxCopies {
		err := keyring.Delete(service, key)
		if errors.Is(err, keyring.ErrNotFound) {
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

// probe is a round trip with an item that cannot be anybody's. Who says no is not asked again: nothing was saved then.
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
