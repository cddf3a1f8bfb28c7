package traytest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"
)

const (
	itemPath  = "/StatusNotifierItem"
	itemIface = "org.kde.StatusNotifierItem"
	menuIface = "com.canonical.dbusmenu"
)

// Item is one tray icon.
type Item struct {
	conn  *dbus.Conn
	owner string
}

// Entry is one line of the menu. A separator has no label.
type Entry struct {
	ID       int32
	Label    string // as a person reads it, without mnemonic marks
	Enabled  bool
	Children []Entry
}

// Tooltip is the text that the panel shows under the pointer.
func (i *Item) Tooltip(ctx context.Context) (string, error) {
	var tip struct {
		Name        string
		Icons       []pixmap
		Title, Text string
	}
	err := i.property(ctx, "ToolTip", &tip)
	return tip.Title, err
}

// Icon is the picture: width, height and the pixels as ARGB.
func (i *Item) Icon(ctx context.Context) (width, height int32, argb []byte, err error) {
	var icons []pixmap
	if err := i.property(ctx, "IconPixmap", &icons); err != nil {
		return 0, 0, nil, err
	}
	if len(icons) == 0 {
		return 0, 0, nil, errors.New("the item has no icon")
	}
	return icons[0].W, icons[0].H, icons[0].Pix, nil
}

type pixmap struct {
	W, H int32
	Pix  []byte
}

func (i *Item) property(ctx context.Context, name string, into any) error {
	var v dbus.Variant
	err := i.conn.Object(i.owner, itemPath).
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, itemIface, name).Store(&v)
	if err != nil {
		return err
	}
	return v.Store(into)
}

// menu is the menu's object, where the icon says that it is.
func (i *Item) menu(ctx context.Context) (dbus.BusObject, error) {
	var path dbus.ObjectPath
	if err := i.property(ctx, "Menu", &path); err != nil {
		return nil, err
	}
	return i.conn.Object(i.owner, path), nil
}

// Menu reads the visible menu as it is now.
func (i *Item) Menu(ctx context.Context) ([]Entry, error) {
	menu, err := i.menu(ctx)
	if err != nil {
		return nil, err
	}
	var revision uint32
	var root layout
	err = menu.CallWithContext(ctx, menuIface+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root)
	if err != nil {
		return nil, err
	}
	return entries(root.Children)
}

// WaitMenu reads the menu again after each of its changes until it fits.
func (i *Item) WaitMenu(ctx context.Context, fits func([]Entry) bool) ([]Entry, error) {
	changed := make(chan *dbus.Signal, 16)
	i.conn.Signal(changed)
	defer i.conn.RemoveSignal(changed)
	match := []dbus.MatchOption{dbus.WithMatchInterface(menuIface), dbus.WithMatchSender(i.owner)}
	if err := i.conn.AddMatchSignal(match...); err != nil {
		return nil, err
	}
	defer func() { _ = i.conn.RemoveMatchSignal(match...) }()
	for {
		menu, err := i.Menu(ctx)
		if err != nil || fits(menu) {
			return menu, err
		}
		select {
		case <-ctx.Done():
			return menu, fmt.Errorf("the menu stayed %s: %w", Format(menu), ctx.Err())
		case <-changed:
		}
	}
}

// Click waits until the path of labels leads to an enabled entry, and clicks it. A label fits by its beginning.
func (i *Item) Click(ctx context.Context, path ...string) error {
	var target Entry
	_, err := i.WaitMenu(ctx, func(menu []Entry) (ok bool) {
		target, ok = Find(menu, path...)
		return ok && target.Enabled
	})
	if err != nil {
		return fmt.Errorf("click %q: %w", path, err)
	}
	menu, err := i.menu(ctx)
	if err != nil {
		return err
	}
	none := dbus.MakeVariant(int32(0))
	return menu.CallWithContext(ctx, menuIface+".Event", 0, target.ID, "clicked", none, uint32(0)).Err
}

// Find follows labels into menu; each fits by its beginning.
func Find(menu []Entry, path ...string) (Entry, bool) {
	for _, e := range menu {
		if !strings.HasPrefix(e.Label, path[0]) || e.Label == "" {
			continue
		}
		if len(path) == 1 {
			return e, true
		}
		if found, ok := Find(e.Children, path[1:]...); ok {
			return found, true
		}
	}
	return Entry{}, false
}

// Format writes a menu on one line: "Acme > (Signed out | Sign in) | -- | Quit"; what is disabled is in (parentheses).
func Format(menu []Entry) string {
	var parts []string
	for _, e := range menu {
		s := e.Label
		switch {
		case s == "":
			s = "--"
		case len(e.Children) > 0:
			s += " > [" + Format(e.Children) + "]"
		case !e.Enabled:
			s = "(" + s + ")"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, " | ")
}

// layout is com.canonical.dbusmenu's (ia{sv}av).
type layout struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

func entries(children []dbus.Variant) ([]Entry, error) {
	var out []Entry
	for _, c := range children {
		var l layout
		if err := c.Store(&l); err != nil {
			return nil, err
		}
		if !boolean(l, "visible") {
			continue
		}
		e := Entry{ID: l.ID, Enabled: boolean(l, "enabled")}
		if label, ok := l.Properties["label"].Value().(string); ok {
			e.Label = strings.NewReplacer("__", "_", "_", "").Replace(label)
		}
		var err error
		if e.Children, err = entries(l.Children); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// boolean reads a property that is true unless it says otherwise.
func boolean(l layout, name string) bool {
	v, ok := l.Properties[name].Value().(bool)
	return v || !ok
}
