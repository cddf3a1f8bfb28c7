package traytest

import (
	"context"
	"fmt"
	"sync"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

const (
	watcher     = "org.kde.StatusNotifierWatcher"
	watcherPath = "/StatusNotifierWatcher"
)

// Host is a desktop's panel: the watcher with which icons register and the host that shows them.
type Host struct {
	conn  *dbus.Conn
	props *prop.Properties

	mu    sync.Mutex
	items []*Item
	added chan struct{} // closed and replaced at each registration
}

// NewHost takes the watcher's name on the bus at address. hosted tells whether it says that a host is registered.
func NewHost(address string, hosted bool) (*Host, error) {
	conn, err := dbus.Connect(address)
	if err != nil {
		return nil, err
	}
	h := &Host{conn: conn, added: make(chan struct{})}
	if err := h.export(hosted); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return h, nil
}

func (h *Host) export(hosted bool) (err error) {
	if err := h.conn.Export(registrar{h}, watcherPath, watcher); err != nil {
		return err
	}
	h.props, err = prop.Export(h.conn, watcherPath, prop.Map{watcher: {
		"IsStatusNotifierHostRegistered": {Value: hosted, Emit: prop.EmitTrue},
		"ProtocolVersion":                {Value: int32(0), Emit: prop.EmitTrue},
	}})
	if err != nil {
		return err
	}
	reply, err := h.conn.RequestName(watcher, dbus.NameFlagDoNotQueue)
	if err == nil && reply != dbus.RequestNameReplyPrimaryOwner {
		err = fmt.Errorf("%s is taken", watcher)
	}
	return err
}

// SetHosted says that a host has come or gone.
func (h *Host) SetHosted(hosted bool) error {
	h.props.SetMust(watcher, "IsStatusNotifierHostRegistered", hosted)
	signal := watcher + ".StatusNotifierHostRegistered"
	if !hosted {
		signal = watcher + ".StatusNotifierHostUnregistered"
	}
	return h.conn.Emit(watcherPath, signal)
}

// Close gives the name up, as a panel that crashes.
func (h *Host) Close() { _ = h.conn.Close() }

// registrar is what icons see.
type registrar struct{ h *Host }

// RegisterStatusNotifierItem is called by an icon, with its path or its bus name.
func (r registrar) RegisterStatusNotifierItem(sender dbus.Sender, service string) *dbus.Error {
	r.h.mu.Lock()
	defer r.h.mu.Unlock()
	r.h.items = append(r.h.items, &Item{conn: r.h.conn, owner: string(sender)})
	close(r.h.added)
	r.h.added = make(chan struct{})
	return nil
}

// Item returns the icon that registered last, and waits for the first.
func (h *Host) Item(ctx context.Context) (*Item, error) {
	for {
		h.mu.Lock()
		items, added := h.items, h.added
		h.mu.Unlock()
		if len(items) > 0 {
			return items[len(items)-1], nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("no tray icon registered: %w", ctx.Err())
		case <-added:
		}
	}
}
