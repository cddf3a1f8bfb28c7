//go:build linux

package stage

import (
	"context"

	"github.com/godbus/dbus/v5"
)

// KeychainCall is one question to the keychain, as the bus carries it.
type KeychainCall struct {
	Method string // as "CreateItem", "GetSecret", "Delete"
	Key    string // of CreateItem: under what name, as "session/acme"
	Done   bool   // this is the answer
}

// WatchKeychain tells saw of all that is asked and answered between Keyfob and the keychain of this stage, in order, in
// a goroutine of its own, until ctx ends.
func (s *Stage) WatchKeychain(ctx context.Context, saw func(KeychainCall)) error {
	conn, err := dbus.Connect(s.bus.address)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, func() error {
		conn.Eavesdrop(nil) // godbus closes the channel, and then sends what arrives until the worker notices
		return conn.Close()
	})
	const become = "org.freedesktop.DBus.Monitoring.BecomeMonitor"
	err = conn.BusObject().CallWithContext(ctx, become, 0, []string{}, uint32(0)).Err
	if err != nil {
		return err
	}
	messages := make(chan *dbus.Message, 1024)
	conn.Eavesdrop(messages)
	go func() {
		w := witness{asked: map[question]KeychainCall{}}
		for {
			select {
			case m, open := <-messages:
				if !open { // the bus has ended
					return
				}
				if call, ok := w.read(m); ok {
					saw(call)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return nil
}

// witness remembers what was asked, so that an answer can be told apart.
type witness struct{ asked map[question]KeychainCall }

type question struct {
	asker  string
	serial uint32
}

func (w witness) read(m *dbus.Message) (KeychainCall, bool) {
	switch m.Type {
	case dbus.TypeMethodCall:
		call := KeychainCall{Method: header(m, dbus.FieldMember), Key: keyOf(m)}
		w.asked[question{header(m, dbus.FieldSender), m.Serial()}] = call
		return call, true
	case dbus.TypeMethodReply:
		serial, _ := m.Headers[dbus.FieldReplySerial].Value().(uint32)
		q := question{header(m, dbus.FieldDestination), serial}
		call, ok := w.asked[q]
		delete(w.asked, q)
		call.Done = true
		return call, ok
	}
	return KeychainCall{}, false
}

func header(m *dbus.Message, field dbus.HeaderField) string {
	text, _ := m.Headers[field].Value().(string)
	return text
}

// keyOf finds the name in what CreateItem is given: properties, secret, whether to replace.
func keyOf(m *dbus.Message) string {
	if len(m.Body) == 0 {
		return ""
	}
	properties, _ := m.Body[0].(map[string]dbus.Variant)
	attributes, _ := properties["org.freedesktop.Secret.Item.Attributes"].Value().(map[string]string)
	return attributes["username"]
}
