//go:build unix && !darwin

package storage

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"

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
	noObject     = dbus.ObjectPath("/") // stands for none
	busVariable  = "DBUS_SESSION_BUS_ADDRESS"
)

// sizeLimit is how many bytes a secret may have. The service names no limit; its speed does.
func sizeLimit(string) int { return 64 << 10 }

// lasting tells that one child does all operations. KeePassXC and its like judge by connection: what one has saved or a
// person has allowed it, the next must be allowed again.
const lasting = true

// surroundings is what a child must be started anew for when it changes: the bus that it would find.
func surroundings() string {
	address, _ := busAddress()
	return address
}

// line is our connection to the session bus. It is apart from the tray's, in another process, and lasts as long as the
// child and the bus do.
type line struct {
	mu   sync.Mutex
	conn *dbus.Conn
}

// open finds a session bus with a Secret Service on it. Errors: fault.KeychainMissing.
func (l *line) open(ctx context.Context, interactive bool) (*vault, error) {
	conn, err := l.connected()
	if err != nil {
		return nil, missing(err)
	}
	return openVault(ctx, conn, interactive)
}

func (l *line) connected() (*dbus.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil && l.conn.Connected() {
		return l.conn, nil
	}
	conn, err := connectBus()
	if err != nil {
		return nil, err
	}
	l.conn = conn
	return conn, nil
}

func (l *line) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

func connectBus() (*dbus.Conn, error) {
	address, err := busAddress()
	if err != nil {
		return nil, err
	}
	return dbus.Connect(address)
}

// vault is the keychain during one operation, over one connection.
type vault struct {
	ctx         context.Context //nolint:containedctx // of the operation, which is all that a vault lives for
	conn        *dbus.Conn
	collection  dbus.ObjectPath // the one that is used
	interactive bool
	asks        bool // what was saved is shut for others than us until a person lets them in
}

func openVault(ctx context.Context, conn *dbus.Conn, interactive bool) (*vault, error) {
	v := &vault{ctx: ctx, conn: conn, interactive: interactive}
	if err := v.findCollection(); err != nil {
		return nil, err
	}
	return v, nil
}

// call calls a method until the operation is over. Where nobody may be asked it starts no service either.
func (v *vault) call(path dbus.ObjectPath, method string, args ...any) *dbus.Call {
	var flags dbus.Flags
	if !v.interactive {
		flags = dbus.FlagNoAutoStart
	}
	return v.conn.Object(secretsName, path).CallWithContext(v.ctx, method, flags, args...)
}

// property reads one, as "org.freedesktop.Secret.Service.Collections".
func (v *vault) property(path dbus.ObjectPath, name string, into any) error {
	at := strings.LastIndexByte(name, '.')
	var value dbus.Variant
	if err := v.call(path, "org.freedesktop.DBus.Properties.Get", name[:at], name[at+1:]).Store(&value); err != nil {
		return err
	}
	return value.Store(into)
}

// findCollection picks the one that the desktop calls default. Where it calls none so, "login" is, if it is there.
func (v *vault) findCollection() error {
	if err := v.findService(); err != nil {
		return err
	}
	v.introduce()
	if err := v.call(secretsPath, serviceIface+".ReadAlias", "default").Store(&v.collection); err != nil {
		return v.explain(err)
	}
	if v.collection != noObject {
		return nil
	}
	var collections []dbus.ObjectPath
	if err := v.property(secretsPath, serviceIface+".Collections", &collections); err != nil {
		return v.explain(err)
	}
	if !slices.Contains(collections, loginPath) {
		return fault.New(fault.KeychainMissing).WithReason(fault.KeychainNoCollection)
	}
	v.collection = loginPath
	return nil
}

// findService asks the bus whether anybody offers the service, or can be started to: which a person may have done.
func (v *vault) findService() error {
	var owned bool
	if err := v.askBus("NameHasOwner", secretsName).Store(&owned); err != nil {
		return missing(named(err))
	}
	if owned {
		return nil
	}
	var names []string
	if err := v.askBus("ListActivatableNames").Store(&names); err != nil {
		return missing(named(err))
	}
	if !slices.Contains(names, secretsName) {
		return missing(errors.New("nobody on the session bus offers " + secretsName))
	}
	if !v.interactive {
		return fault.New(fault.KeychainMissing).WithReason(fault.KeychainNotStarted)
	}
	return nil
}

func (v *vault) askBus(method string, args ...any) *dbus.Call {
	return v.conn.BusObject().CallWithContext(v.ctx, "org.freedesktop.DBus."+method, 0, args...)
}

// introduce sends a message that asks for nothing. gnome-keyring notes a new connection when its first message arrives,
// and may read that message before it has; where it is OpenSession, as the library's is, or asks for a property, the
// whole keychain aborts and comes back locked (Debian bug 1147303). After this it knows us. What comes back is of no
// interest: whoever cannot answer this says so to the next question too.
func (v *vault) introduce() { _ = v.call(secretsPath, "org.freedesktop.DBus.Peer.Ping").Err }

// ready answers KeychainLocked where something is locked and nobody may be asked; else it asks.
func (v *vault) ready(keys ...string) error {
	locked, err := v.locked()
	switch {
	case err != nil:
		return v.explain(err)
	case locked && !v.interactive && !v.opensUnasked():
		return fault.New(fault.KeychainLocked)
	case locked:
		if err := v.unlock(v.collection); err != nil {
			return err
		}
	}
	shut, err := v.shutOf(keys)
	switch {
	case err != nil:
		return v.explain(err)
	case len(shut) == 0:
		return nil
	case !v.interactive:
		return fault.New(fault.KeychainLocked).WithReason(fault.KeychainAsks)
	}
	if err := v.unlock(shut...); err != nil {
		return err
	}
	if shut, err = v.shutOf(keys); err != nil {
		return v.explain(err)
	}
	if len(shut) > 0 {
		return fault.New(fault.KeychainDenied)
	}
	return nil
}

// shutOf returns the items of the keys that are locked, of those in our collection.
func (v *vault) shutOf(keys []string) (all []dbus.ObjectPath, err error) {
	for _, key := range keys {
		_, shut, err := v.find(key)
		if err != nil {
			return nil, err
		}
		for _, item := range shut {
			if v.inside(item) {
				all = append(all, item)
			}
		}
	}
	return all, nil
}

// inside tells whether an item lies in our collection.
func (v *vault) inside(item dbus.ObjectPath) bool {
	return strings.HasPrefix(string(item), string(v.collection)+"/")
}

func (v *vault) locked() (locked bool, err error) {
	err = v.property(v.collection, lockedProp, &locked)
	return locked, err
}

// find returns the items of that key in all collections: those that can be read, and those that are locked.
func (v *vault) find(key string) (open, shut []dbus.ObjectPath, err error) {
	attributes := attributesOf(key)
	if key == everyKey {
		delete(attributes, "username")
	}
	err = v.call(secretsPath, serviceIface+".SearchItems", attributes).Store(&open, &shut)
	return open, shut, err
}

// cleared is called when all is deleted that can be, and looks whether nothing is left.
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
		return failed("there are items that it did not delete")
	}
	return nil
}

// absent is called when nothing was found that can be read, and returns fs.ErrNotExist only if that is true: a locked
// item, in whatever collection, must not be taken for "signed out".
func (v *vault) absent(key string) error {
	_, shut, err := v.find(key)
	switch {
	case err != nil:
		return v.explain(err)
	case len(shut) > 0:
		return fault.New(fault.KeychainLocked)
	}
	return fs.ErrNotExist
}

// explain types an error. Where the collection is locked by now, that was it.
func (v *vault) explain(err error) error {
	if errors.As(err, new(*fault.Error)) {
		return err
	}
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
