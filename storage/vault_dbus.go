//go:build unix && !darwin

package storage

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"

	"keyfob/internal/fault"
)

// The Secret Service API, draft 0.2.
const (
	secretsName  = "org.freedesktop.secrets"
	secretsPath  = dbus.ObjectPath("/org/freedesktop/secrets")
	loginPath    = secretsPath + "/collection/login"
	serviceIface = "org.freedesktop.Secret.Service"
	lockedProp   = "org.freedesktop.Secret.Collection.Locked"
	busVariable  = "DBUS_SESSION_BUS_ADDRESS"
)

// sizeLimit is how many bytes a secret may have. The service names no limit; its speed does.
func sizeLimit(string) int { return 64 << 10 }

// vault looks at the keychain without asking it to unlock anything, over the library's own connection, and types the
// errors of the library that does the rest.
type vault struct {
	conn        *dbus.Conn
	secrets     dbus.BusObject
	collection  dbus.ObjectPath // the one that the library will use
	interactive bool
}

// openVault finds a session bus with a Secret Service on it. The library starts a bus where it finds none (and leaves
// it behind), so that it is told which one to use. Errors: fault.KeychainMissing.
func openVault(interactive bool) (*vault, error) {
	address, err := busAddress()
	if err != nil {
		return nil, missing(err)
	}
	if err := os.Setenv(busVariable, address); err != nil {
		return nil, missing(err)
	}
	conn, err := dbus.SessionBus() // the library's
	if err != nil {
		return nil, missing(err)
	}
	v := &vault{conn: conn, secrets: conn.Object(secretsName, secretsPath), interactive: interactive}
	if err := v.findCollection(); err != nil {
		v.close()
		return nil, err
	}
	return v, nil
}

func (v *vault) close() { _ = v.conn.Close() }

// findCollection picks the collection as the library does: "login" if there is one, else the default.
func (v *vault) findCollection() error {
	if err := v.findService(); err != nil {
		return err
	}
	v.introduce()
	var collections []dbus.ObjectPath
	if err := v.secrets.StoreProperty(serviceIface+".Collections", &collections); err != nil {
		return v.explain(err)
	}
	v.collection = loginPath
	if slices.Contains(collections, loginPath) {
		return nil
	}
	if err := v.secrets.Call(serviceIface+".ReadAlias", 0, "default").Store(&v.collection); err != nil {
		return v.explain(err)
	}
	if v.collection == "/" {
		return missing(errors.New("the secret service has no default collection"))
	}
	return nil
}

// findService asks the bus whether anybody offers the service, or can be started to.
func (v *vault) findService() error {
	var owned bool
	if err := v.conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, secretsName).Store(&owned); err != nil {
		return missing(named(err))
	}
	if owned {
		return nil
	}
	var names []string
	if err := v.conn.BusObject().Call("org.freedesktop.DBus.ListActivatableNames", 0).Store(&names); err != nil {
		return missing(named(err))
	}
	if !slices.Contains(names, secretsName) {
		return missing(errors.New("nobody on the session bus offers " + secretsName))
	}
	return nil
}

// introduce sends a message that asks for nothing. gnome-keyring notes a new connection when its first message arrives,
// and may read that message before it has; where it is OpenSession, as the library's is, or asks for a property, the
// whole keychain aborts and comes back locked (Debian bug 1147303). After this it knows us. What comes back is of no
// interest: whoever cannot answer this says so to the next question too.
func (v *vault) introduce() { _ = v.secrets.Call("org.freedesktop.DBus.Peer.Ping", 0).Err }

// ready answers KeychainLocked where the library would show a prompt and none is allowed.
func (v *vault) ready(key string) error {
	if v.interactive {
		return nil
	}
	locked, err := v.locked()
	if err != nil {
		return v.explain(err)
	}
	_, shut, err := v.find(key)
	if err != nil {
		return v.explain(err)
	}
	if locked || slices.ContainsFunc(shut, v.inside) {
		return fault.New(fault.KeychainLocked)
	}
	return nil
}

// inside tells whether an item lies in the collection that the library uses.
func (v *vault) inside(item dbus.ObjectPath) bool {
	return strings.HasPrefix(string(item), string(v.collection)+"/")
}

func (v *vault) locked() (locked bool, err error) {
	err = v.conn.Object(secretsName, v.collection).StoreProperty(lockedProp, &locked)
	return locked, err
}

// find returns the items of that key in all collections: those that can be read, and those that are locked.
func (v *vault) find(key string) (open, shut []dbus.ObjectPath, err error) {
	attributes := map[string]string{"service": service, "username": key} // the library's
	if key == everyKey {
		delete(attributes, "username")
	}
	err = v.secrets.Call(serviceIface+".SearchItems", 0, attributes).Store(&open, &shut)
	return open, shut, err
}

// cleared is called when the library has deleted all, and looks whether it has: the library takes a dismissed prompt
// for a yes, and looks into one collection only.
func (v *vault) cleared(err error) error {
	if err != nil {
		return v.explain(err)
	}
	open, shut, err := v.find(everyKey)
	switch {
	case err != nil:
		return v.explain(err)
	case len(shut) > 0:
		return fault.New(fault.KeychainLocked)
	case len(open) > 0:
		return failed("there are items that it did not delete, or in another collection than the default one")
	}
	return nil
}

// absent is called when the library found nothing, and returns fs.ErrNotExist only if that is true: which collection
// is looked at may change between two runs, and "not found" must not be taken for "signed out".
func (v *vault) absent(key string) error {
	open, shut, err := v.find(key)
	switch {
	case err != nil:
		return v.explain(err)
	case len(open) > 0:
		return failed("the item lies in another collection than the default one")
	case len(shut) > 0:
		return fault.New(fault.KeychainLocked)
	}
	return fs.ErrNotExist
}

// explain types an error. "Failed to unlock correct collection" is what the library says of a dismissed prompt; where
// the collection is still locked, that was it.
func (v *vault) explain(err error) error {
	if code, ok := busFaults[busErrorName(err)]; ok {
		return fault.New(code).Because(named(err))
	}
	if locked, failed := v.locked(); failed == nil && locked {
		if v.interactive {
			return fault.New(fault.KeychainDenied).Because(named(err))
		}
		return fault.New(fault.KeychainLocked).Because(named(err))
	}
	if strings.HasPrefix(busErrorName(err), "org.freedesktop.DBus.Error.Spawn.") {
		return missing(named(err))
	}
	return fault.New(fault.KeychainFailed).Because(named(err))
}

var busFaults = map[string]fault.Code{
	"org.freedesktop.DBus.Error.ServiceUnknown": fault.KeychainMissing,
	"org.freedesktop.DBus.Error.NameHasNoOwner": fault.KeychainMissing,
	"org.freedesktop.DBus.Error.AccessDenied":   fault.KeychainDenied,
	"org.freedesktop.DBus.Error.Timeout":        fault.KeychainSlow,
	"org.freedesktop.DBus.Error.TimedOut":       fault.KeychainSlow,
	"org.freedesktop.Secret.Error.IsLocked":     fault.KeychainLocked,
}

// busErrorName is the name of an error that came over the bus, else "".
func busErrorName(err error) string {
	var remote dbus.Error
	if errors.As(err, &remote) {
		return remote.Name
	}
	return ""
}

// named reduces an error that came over the bus to its name, which the bus has checked to be one: the text beside it
// is the service's own and may hold anything.
func named(err error) error {
	if name := busErrorName(err); name != "" {
		return errors.New(name)
	}
	return err
}

func missing(cause error) error { return fault.New(fault.KeychainMissing).Because(cause) }
