//go:build !unix || darwin

package storage

import (
	"context"
	"errors"

	"github.com/zalando/go-keyring"
)

// lasting tells whether a child stays for further operations. These keychains judge the program, not the connection,
// and the library has no deadlines: a child for each operation is ended with it.
const lasting = false

// line is the way to the keychain: there is nothing to keep open.
type line struct{}

func (*line) open(context.Context, bool) (*vault, error) { return &vault{}, nil }

func (*line) close() {}

// vault types the errors of the library.
type vault struct {
	asks bool // never: see the one of D-Bus
}

func (*vault) ready(string) error { return nil }

func (*vault) get(key string) ([]byte, error) {
	data, err := keyring.Get(service, key)
	return []byte(data), nothing(err)
}

func (*vault) set(key string, data []byte) error { return keyring.Set(service, key, string(data)) }

func (*vault) deleteOne(key string) error { return nothing(keyring.Delete(service, key)) }

func (*vault) deleteAll() error { return keyring.DeleteAll(service) }

// keptForTheNext has nothing to do: the next process is the same program.
func (*vault) keptForTheNext(string, []byte) error { return nil }

func nothing(err error) error {
	if errors.Is(err, keyring.ErrNotFound) {
		return errNothing
	}
	return err
}

// surroundings is what a child must be started anew for when it changes.
func surroundings() string { return "" }
