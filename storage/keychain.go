package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"time"

	"keyfob/internal/fault"
)

// service is the name under which everything of ours lies in the keychain.
const service = "keyfob"

// How long a child may take. The first is far above the 20 ms of a healthy keychain, and enough for one that the
// system has to start first; the second lets a person find and type a password.
const (
	ordinaryDeadline = 10 * time.Second
	promptDeadline   = 2 * time.Minute
)

// everyKey stands for all keys of ours in a request to clear. No single one is called so.
const everyKey = "all"

// Keychain keeps secrets in the operating system's keychain: Secret Service, macOS keychain or Windows credentials.
// A child process performs the operations, each with a deadline: on Linux one child for all of them, which is started
// anew where it has ended or the session bus is another. Errors are fs.ErrNotExist, the context's error when it was
// cancelled, or a fault:
//
//   - KeychainMissing: there is no keychain here
//   - KeychainLocked: it is locked, and the context does not allow a prompt (see Interactive)
//   - KeychainDenied: the person or the system said no
//   - KeychainSlow: no answer before the deadline. A Save may have happened nevertheless.
//   - KeychainFailed: anything else, as a keychain that says yes and saves nothing
//   - SecretTooLarge: found before anything is called
type Keychain struct {
	self             []string
	ordinary, prompt time.Duration

	mu      sync.Mutex
	running *child // nil where there is none
}

// NewKeychain returns the keychain. self is the command that calls RunChild, as {"/path/keyfob-desktop", ChildArg}.
func NewKeychain(self []string) *Keychain {
	return &Keychain{self: self, ordinary: ordinaryDeadline, prompt: promptDeadline}
}

type interactiveKey struct{}

// Interactive allows the operations under the context to show the system's unlock prompt, and to wait for a person for
// up to two minutes. Only what a person has just asked for may use it.
func Interactive(ctx context.Context) context.Context {
	return context.WithValue(ctx, interactiveKey{}, true)
}

func isInteractive(ctx context.Context) bool {
	allowed, _ := ctx.Value(interactiveKey{}).(bool)
	return allowed
}

// Load returns what is kept under the key.
func (k *Keychain) Load(ctx context.Context, key string) ([]byte, error) {
	return k.do(ctx, request{Op: opLoad, Key: key})
}

// LoadMany returns what is kept under the keys, in one process for all; nothing where nothing is kept. An error means
// that it must be asked for one by one: one of them is locked, say, or all together are too long for a message.
func (k *Keychain) LoadMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	for _, key := range keys {
		if err := checkKey(key); err != nil {
			return nil, err
		}
	}
	a, err := k.ask(ctx, request{Op: opMany, Keys: keys})
	if err != nil {
		return nil, err
	}
	if a.Fault != nil {
		return nil, a.Fault
	}
	if len(a.Many) != len(keys) {
		return nil, failed("an answer to another question")
	}
	found := make(map[string][]byte, len(keys))
	for i, key := range keys {
		if a.Many[i] != nil {
			found[key] = a.Many[i]
		}
	}
	return found, nil
}

// Save keeps data under the key, and has read it back when it returns nil.
func (k *Keychain) Save(ctx context.Context, key string, data []byte) error {
	if limit := sizeLimit(key); len(data) > limit {
		return fault.New(fault.SecretTooLarge, "bytes", strconv.Itoa(len(data)), "limit", strconv.Itoa(limit))
	}
	_, err := k.do(ctx, request{Op: opSave, Key: key, Data: data})
	return err
}

// Delete forgets the key, and has looked that it is gone when it returns nil. Where nothing was kept it returns
// fs.ErrNotExist.
func (k *Keychain) Delete(ctx context.Context, key string) error {
	_, err := k.do(ctx, request{Op: opDelete, Key: key})
	return err
}

// Probe tells whether the keychain works, by doing with an item with a random name what is done with a sign-in.
func (k *Keychain) Probe(ctx context.Context) error {
	_, err := k.Trial(ctx)
	return err
}

// Trial is Probe, and tells whether the keychain asks a person after each start of ours: whether what was saved is
// shut for the next connection.
func (k *Keychain) Trial(ctx context.Context) (asks bool, err error) {
	a, err := k.ask(ctx, request{Op: opProbe, Key: "probe"})
	if err != nil {
		return false, err
	}
	_, err = a.result()
	return a.Asks, err
}

// Close ends the child. What is under way has no answer then; a later operation starts another child.
func (k *Keychain) Close() {
	k.mu.Lock()
	c := k.running
	k.running = nil
	k.mu.Unlock()
	if c != nil {
		c.dismiss()
	}
}

// Clear forgets everything of ours, under keys that nobody remembers as well, and has looked (on Linux) that nothing is
// left when it returns nil.
func (k *Keychain) Clear(ctx context.Context) error {
	_, err := k.do(ctx, request{Op: opClear, Key: everyKey})
	return err
}

// do has a child perform the request.
func (k *Keychain) do(ctx context.Context, q request) ([]byte, error) {
	if err := checkKey(q.Key); err != nil {
		return nil, err
	}
	a, err := k.ask(ctx, q)
	if err != nil {
		return nil, err
	}
	return a.result()
}

func checkKey(key string) error {
	if !isKey(key) {
		return failed(fmt.Sprintf("%q cannot be a key", key))
	}
	return nil
}

// isKey tells what a key may look like: 1 to 128 small letters, digits, dots, slashes, hyphens and underscores, the
// first a letter or a digit. Windows joins service and key with a colon, macOS passes the key through a command line:
// neither can be abused with these. Not a regexp, which would be compiled at every start of every program of ours.
func isKey(key string) bool {
	const longest, letters, between = 128, "abcdefghijklmnopqrstuvwxyz0123456789", "._/-"
	if key == "" || len(key) > longest || strings.Contains(between, key[:1]) {
		return false
	}
	return strings.Trim(key, letters+between) == ""
}

func (k *Keychain) ask(ctx context.Context, q request) (answer, error) {
	deadline := k.ordinary
	if q.Interactive = isInteractive(ctx); q.Interactive {
		deadline = k.prompt
	}
	timed, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	a, err := k.askChild(timed, q)
	switch {
	case err == nil:
		return a, nil
	case errors.Is(timed.Err(), context.Canceled):
		return answer{}, timed.Err()
	case timed.Err() != nil:
		return answer{}, fault.New(fault.KeychainSlow).Because(timed.Err())
	default: // its text alone: a missing executable is fs.ErrNotExist too, and must not pass for "nothing kept"
		return answer{}, failed(err.Error())
	}
}

// askChild asks the child that there is, or a new one. Where the former ends without an answer, which another
// operation's deadline may be the reason of, a new one is asked the same again: every operation can be repeated.
func (k *Keychain) askChild(ctx context.Context, q request) (answer, error) {
	if !lasting {
		c, err := startChild(k.self, "")
		if err != nil {
			return answer{}, err
		}
		defer c.dismiss()
		return c.ask(ctx, q)
	}
	c, fresh, err := k.child()
	if err != nil {
		return answer{}, err
	}
	a, err := c.ask(ctx, q)
	if fresh || !errors.Is(err, errChildEnded) {
		return a, err
	}
	if c, _, err = k.child(); err != nil {
		return answer{}, err
	}
	return c.ask(ctx, q)
}

// child returns the one that there is, or starts one.
func (k *Keychain) child() (c *child, fresh bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	around := surroundings()
	if c = k.running; c != nil {
		if !c.ended() && c.around == around {
			return c, false, nil
		}
		k.running = nil
		c.dismiss()
	}
	if c, err = startChild(k.self, around); err != nil {
		return nil, false, err
	}
	k.running = c
	return c, true, nil
}

func (a answer) result() ([]byte, error) {
	switch {
	case a.Fault != nil:
		return nil, a.Fault
	case a.Absent:
		return nil, fs.ErrNotExist
	}
	return a.Data, nil
}
