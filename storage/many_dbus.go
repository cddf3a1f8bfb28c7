//go:build unix && !darwin

package storage

import (
	"github.com/godbus/dbus/v5"
)

// loadMany loads what is kept under the keys, in their order; nil where nothing is. All secrets come in one answer, and
// a person is asked once for all that is locked. Whatever is not as usual is an error: who asked asks one by one then.
func (v *vault) loadMany(keys []string) ([][]byte, error) {
	if err := v.ready(keys...); err != nil {
		return nil, err
	}
	items, there := make([]dbus.ObjectPath, len(keys)), []dbus.ObjectPath{}
	for i, key := range keys {
		open, shut, err := v.find(key)
		switch {
		case err != nil:
			return nil, v.explain(err)
		case len(shut) > 0:
			return nil, failed("an item that is locked, in another collection than the default one")
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

// secretsOf returns the secrets of all items, or an error.
func (v *vault) secretsOf(items []dbus.ObjectPath) (secrets map[dbus.ObjectPath]secretValue, err error) {
	if len(items) == 0 {
		return nil, nil
	}
	session, done, err := v.session()
	if err != nil {
		return nil, v.explain(err)
	}
	defer done()
	if err := v.call(secretsPath, serviceIface+".GetSecrets", items, session).Store(&secrets); err != nil {
		return nil, v.explain(err)
	}
	if len(secrets) != len(items) {
		return nil, failed("the keychain does not give what it has")
	}
	return secrets, nil
}
