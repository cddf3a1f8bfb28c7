//go:build unix && !darwin

package storage

import (
	"crypto/subtle"
	"time"

	"github.com/godbus/dbus/v5"

	"keyfob/internal/fault"
)

const (
	itemIface   = "org.freedesktop.Secret.Item"
	promptIface = "org.freedesktop.Secret.Prompt"

	// A service may answer with a prompt that asks nobody anything, as KeePassXC's to save does. One that is not
	// completed after so long does ask.
	unaskedPrompt = 8 * time.Second
)

// secretValue is the structure (oayays) of the API.
type secretValue struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

// attributesOf are those under which an item is found. They are the ones of github.com/zalando/go-keyring, and stay so:
// what is kept today must be found tomorrow.
func attributesOf(key string) map[string]string {
	return map[string]string{"service": service, "username": key}
}

// get returns what is kept under the key; errNothing where there is no item that can be read. What is in our collection
// goes before what was saved when the desktop called another one default.
func (v *vault) get(key string) ([]byte, error) {
	open, _, err := v.find(key)
	if err != nil {
		return nil, err
	}
	if len(open) == 0 {
		return nil, errNothing
	}
	at := open[0]
	for _, item := range open {
		if v.inside(item) {
			at = item
			break
		}
	}
	return v.read(at)
}

func (v *vault) read(item dbus.ObjectPath) ([]byte, error) {
	session, done, err := v.session()
	if err != nil {
		return nil, err
	}
	defer done()
	var secret secretValue
	if err := v.call(item, itemIface+".GetSecret", session).Store(&secret); err != nil {
		return nil, err
	}
	return secret.Value, nil
}

// session opens one, in which secrets cross the bus as they are: the bus is the user's own.
func (v *vault) session() (at dbus.ObjectPath, done func(), err error) {
	var nobody dbus.Variant
	err = v.call(secretsPath, serviceIface+".OpenSession", "plain", dbus.MakeVariant("")).Store(&nobody, &at)
	if err != nil {
		return "", nil, err
	}
	return at, func() { v.conn.Object(secretsName, at).Go("org.freedesktop.Secret.Session.Close", noReply, nil) }, nil
}

const noReply = dbus.FlagNoReplyExpected

// set saves in our collection, in place of what is there under the key, and takes away the copies in others: they would
// be taken for the newest if the desktop called theirs default again.
func (v *vault) set(key string, data []byte) error {
	session, done, err := v.session()
	if err != nil {
		return err
	}
	defer done()
	properties := map[string]dbus.Variant{
		itemIface + ".Label":      dbus.MakeVariant(service + " " + key),
		itemIface + ".Attributes": dbus.MakeVariant(attributesOf(key)),
	}
	secret := secretValue{Session: session, Parameters: []byte{}, Value: data, ContentType: "text/plain; charset=utf8"}
	var item, prompt dbus.ObjectPath
	method := "org.freedesktop.Secret.Collection.CreateItem"
	if err := v.call(v.collection, method, properties, secret, true).Store(&item, &prompt); err != nil {
		return err
	}
	if err := v.prompt(prompt); err != nil {
		return err
	}
	open, _, err := v.find(key)
	if err != nil {
		return err
	}
	for _, item := range open {
		if v.inside(item) {
			continue
		}
		if err := v.deleteItem(item); err != nil {
			return err
		}
	}
	return nil
}

// keptForTheNext looks with a connection that nobody knows, as the next process will. Where it finds the item locked,
// while ours reads it, the service judges by connection: the value is kept, and a person must let the next process in.
func (v *vault) keptForTheNext(key string, data []byte) error {
	conn, err := connectBus()
	if err != nil {
		return missing(err)
	}
	defer func() { _ = conn.Close() }()
	next, err := openVault(v.ctx, conn, false)
	if err != nil {
		return err
	}
	open, shut, err := next.find(key)
	switch {
	case err != nil:
		return next.explain(err)
	case len(open) == 0 && len(shut) == 0:
		return failed("the keychain keeps it for the connection that saved it, and for no other")
	case len(open) == 0:
		v.asks = true
		return nil
	}
	kept, err := next.get(key)
	if err != nil {
		return next.explain(err)
	}
	if subtle.ConstantTimeCompare(kept, data) != 1 {
		return failed("the keychain gives the next connection something else than it was given")
	}
	return nil
}

// deleteOne deletes one item of the key; errNothing where there is none that can be read.
func (v *vault) deleteOne(key string) error {
	open, _, err := v.find(key)
	if err != nil {
		return err
	}
	if len(open) == 0 {
		return errNothing
	}
	return v.deleteItem(open[0])
}

// deleteAll deletes whatever is ours.
func (v *vault) deleteAll() error {
	open, _, err := v.find(everyKey)
	if err != nil {
		return err
	}
	for _, item := range open {
		if err := v.deleteItem(item); err != nil {
			return err
		}
	}
	return nil
}

func (v *vault) deleteItem(item dbus.ObjectPath) error {
	var prompt dbus.ObjectPath
	if err := v.call(item, itemIface+".Delete").Store(&prompt); err != nil {
		return err
	}
	return v.prompt(prompt)
}

// unlock has the service ask a person to unlock what is locked, all in one question.
func (v *vault) unlock(what ...dbus.ObjectPath) error {
	var unlocked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	if err := v.call(secretsPath, serviceIface+".Unlock", what).Store(&unlocked, &prompt); err != nil {
		return v.explain(err)
	}
	if err := v.prompt(prompt); err != nil {
		return v.explain(err)
	}
	return nil
}

// prompt lets the service ask, and waits for the end of that. Where nobody may be asked, only a prompt that asks nobody
// is waited for, and the other is dismissed: KeychainLocked. Who says no is KeychainDenied.
func (v *vault) prompt(at dbus.ObjectPath) error {
	if at == noObject {
		return nil
	}
	completed := []dbus.MatchOption{dbus.WithMatchObjectPath(at), dbus.WithMatchInterface(promptIface)}
	if err := v.conn.AddMatchSignalContext(v.ctx, completed...); err != nil {
		return err
	}
	defer func() { _ = v.conn.RemoveMatchSignal(completed...) }()
	signals := make(chan *dbus.Signal, 16)
	v.conn.Signal(signals)
	defer v.conn.RemoveSignal(signals)
	if err := v.call(at, promptIface+".Prompt", "").Err; err != nil {
		return err
	}
	var unasked <-chan time.Time
	if !v.interactive {
		timer := time.NewTimer(unaskedPrompt)
		defer timer.Stop()
		unasked = timer.C
	}
	for {
		select {
		case signal, connected := <-signals:
			switch {
			case !connected:
				return dbus.ErrClosed
			case signal.Path != at || signal.Name != promptIface+".Completed" || len(signal.Body) == 0:
				continue // another's
			case signal.Body[0] == true:
				return fault.New(fault.KeychainDenied)
			}
			return nil
		case <-unasked:
			v.dismiss(at)
			return fault.New(fault.KeychainLocked).WithReason(fault.KeychainAsks)
		case <-v.ctx.Done():
			v.dismiss(at)
			return v.ctx.Err()
		}
	}
}

func (v *vault) dismiss(prompt dbus.ObjectPath) {
	v.conn.Object(secretsName, prompt).Go(promptIface+".Dismiss", noReply, nil)
}
