//go:build unix && !darwin

package storage

import (
	"github.com/godbus/dbus/v5"
	ss "github.com/zalando/go-keyring/secret_service"

	"keyfob/internal/fault"
)

// loadMany loads what is kept under the keys, in their order; nil where nothing is. All secrets come in one answer: one
// by one the library asks nine questions about each, and gnome-keyring looks through all of its items for most of them.
// Whatever is not as usual is an error: who asked asks one by one then.
func (v *vault) loadMany(keys []string) ([][]byte, error) {
	if locked, err := v.locked(); err != nil || locked {
		return nil, v.shut(err)
	}
	items, there := make([]dbus.ObjectPath, len(keys)), []dbus.ObjectPath{}
	for i, key := range keys {
		open, shut, err := v.find(key)
		switch {
		case err != nil || len(shut) > 0:
			return nil, v.shut(err)
		case len(open) > 1 || len(open) == 1 && !v.inside(open[0]):
			return nil, failed("an item that is there twice, or in another collection than the default one")
		case len(open) == 1:
			items[i], there = open[0], append(there, open[0])
		}
	}
	secrets, err := v.secretsOf(there)
	if err != nil {
		return nil, err
	}
	found := make([][]byte, len(keys))
	for i, item := range items {
		found[i] = secrets[item].Value
	}
	return found, nil
}

// shut is why the keychain does not tell: what went wrong, or that it is locked.
func (v *vault) shut(err error) error {
	if err != nil {
		return v.explain(err)
	}
	return fault.New(fault.KeychainLocked)
}

// secretsOf returns the secrets of all items, or an error.
func (v *vault) secretsOf(items []dbus.ObjectPath) (secrets map[dbus.ObjectPath]ss.Secret, err error) {
	if len(items) == 0 {
		return nil, nil
	}
	service, err := ss.NewSecretService()
	if err != nil {
		return nil, v.explain(err)
	}
	session, err := service.OpenSession()
	if err != nil {
		return nil, v.explain(err)
	}
	defer func() { _ = service.Close(session) }() // it ends with us in any case

	if err := v.secrets.Call(serviceIface+".GetSecrets", 0, items, session.Path()).Store(&secrets); err != nil {
		return nil, v.explain(err)
	}
	if len(secrets) != len(items) {
		return nil, failed("the keychain does not give what it has")
	}
	return secrets, nil
}
