package storage

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

// fakeSecrets is a Secret Service with the manners that a test gives it.
type fakeSecrets struct {
	conn *dbus.Conn
	// before is called with the name of each method, and answers in its place when it returns an error.
	before func(method string) *dbus.Error
	// person answers a prompt: true opens everything, false dismisses.
	person func() bool

	mu           sync.Mutex
	prompts      int
	puts         int
	noCollection bool
	locked       bool                          // the login collection
	items        map[dbus.ObjectPath]*fakeItem // in any collection
	keepNothing  bool                          // CreateItem says yes and does nothing
	deleteNone   bool                          // Delete says yes and does nothing
	giveNone     bool                          // GetSecrets says yes and gives nothing
	mangle       func(value []byte) []byte     // what GetSecret gives back
	forStrangers stranger                      // what connections get that did not make the item
}

// stranger is how a service treats connections that did not make an item: a closed set.
type stranger int

const (
	seesIt     stranger = iota
	seesItShut          // as with KeePassXC
	seesNothing
	seesAnother // value
)

type fakeItem struct {
	attributes map[string]string
	value      []byte
	locked     bool
	maker      dbus.Sender // empty where a test put it there
}

// has tells whether a search for the attributes finds the item.
func (i *fakeItem) has(wanted map[string]string) bool {
	for name, value := range wanted {
		if i.attributes[name] != value {
			return false
		}
	}
	return true
}

// fakeSecret is the structure (oayays) of the API.
type fakeSecret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

const promptPath = secretsPath + "/prompt/1"

// startFake puts a fake on a private bus, and calls set before anybody can reach it.
func startFake(t testing.TB, set func(f *fakeSecrets)) *fakeSecrets {
	t.Helper()
	startBus(t, shortDir(t))
	f := &fakeSecrets{conn: connect(t), items: map[dbus.ObjectPath]*fakeItem{}, person: func() bool { return false }}
	f.before = func(string) *dbus.Error { return nil }
	f.mangle = func(value []byte) []byte { return value }
	set(f)
	faces := map[string]any{
		serviceIface:                        fakeService{f},
		"org.freedesktop.Secret.Collection": fakeCollection{f},
		"org.freedesktop.Secret.Item":       fakeItems{f},
		"org.freedesktop.Secret.Session":    fakeSession{},
		"org.freedesktop.Secret.Prompt":     fakePrompt{f},
		"org.freedesktop.DBus.Properties":   fakeProperties{f},
	}
	for iface, face := range faces {
		if err := f.conn.ExportSubtree(face, secretsPath, iface); err != nil {
			t.Fatal(err)
		}
	}
	if reply, err := f.conn.RequestName(secretsName, 0); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	return f
}

// put adds an item as the library would have made it.
func (f *fakeSecrets) put(collection dbus.ObjectPath, key, value string, locked bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	attributes := map[string]string{"service": service, "username": key}
	f.puts++
	path := dbus.ObjectPath(fmt.Sprintf("%s/%d", collection, f.puts))
	f.items[path] = &fakeItem{attributes: attributes, value: []byte(value), locked: locked}
}

// made is put, by somebody, in place of what was there.
func (f *fakeSecrets) made(who dbus.Sender, key, value string) {
	f.mu.Lock()
	maps.DeleteFunc(f.items, func(path dbus.ObjectPath, i *fakeItem) bool {
		return i.attributes["username"] == key && strings.HasPrefix(string(path), string(loginPath)+"/")
	})
	f.mu.Unlock()
	f.put(loginPath, key, value, false)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, item := range f.items {
		if item.attributes["username"] == key {
			item.maker = who
		}
	}
}

func (f *fakeSecrets) count() (items, prompts int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.items), f.prompts
}

// matching returns the items below a path that somebody is to see, sorted.
func (f *fakeSecrets) matching(
	who dbus.Sender, under dbus.ObjectPath, wanted map[string]string, locked bool) []dbus.ObjectPath {
	found := []dbus.ObjectPath{}
	for _, path := range slices.Sorted(maps.Keys(f.items)) {
		item := f.items[path]
		strange := item.maker != "" && item.maker != who
		if strange && f.forStrangers == seesNothing {
			continue
		}
		shut := item.locked || f.locked || strange && f.forStrangers == seesItShut
		if strings.HasPrefix(string(path), string(under)+"/") && item.has(wanted) && shut == locked {
			found = append(found, path)
		}
	}
	return found
}

type fakeService struct{ f *fakeSecrets }

func (s fakeService) OpenSession(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	return dbus.MakeVariant(""), secretsPath + "/session/1", s.f.before("OpenSession")
}

func (s fakeService) ReadAlias(string) (dbus.ObjectPath, *dbus.Error) {
	return "/", s.f.before("ReadAlias")
}

func (s fakeService) SearchItems(who dbus.Sender, wanted map[string]string) (
	open, shut []dbus.ObjectPath, _ *dbus.Error) {
	if err := s.f.before("Service.SearchItems"); err != nil {
		return nil, nil, err
	}
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	return s.f.matching(who, secretsPath, wanted, false), s.f.matching(who, secretsPath, wanted, true), nil
}

func (s fakeService) Unlock(what []dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	if err := s.f.before("Unlock"); err != nil {
		return nil, "/", err
	}
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	if item := s.f.items[what[0]]; s.f.locked || item != nil && item.locked {
		return []dbus.ObjectPath{}, promptPath, nil
	}
	return what, "/", nil
}

func (s fakeService) GetSecrets(items []dbus.ObjectPath, session dbus.ObjectPath) (
	map[dbus.ObjectPath]fakeSecret, *dbus.Error) {
	if err := s.f.before("GetSecrets"); err != nil {
		return nil, err
	}
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	secrets := map[dbus.ObjectPath]fakeSecret{}
	for _, path := range items {
		if item := s.f.items[path]; item != nil && !item.locked && !s.f.giveNone {
			secrets[path] = fakeSecret{Session: session, Value: s.f.mangle(item.value)}
		}
	}
	return secrets, nil
}

type fakePrompt struct{ f *fakeSecrets }

func (p fakePrompt) Prompt(string) *dbus.Error {
	if err := p.f.before("Prompt"); err != nil {
		return err
	}
	agreed := p.f.person()
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	p.f.prompts++
	unlocked := []dbus.ObjectPath{}
	if agreed {
		p.f.locked = false
		unlocked = append(unlocked, loginPath)
	}
	err := p.f.conn.Emit(promptPath, "org.freedesktop.Secret.Prompt.Completed", !agreed, dbus.MakeVariant(unlocked))
	return dbusError(err)
}

func dbusError(err error) *dbus.Error {
	if err == nil {
		return nil
	}
	return dbus.MakeFailedError(err)
}

type fakeCollection struct{ f *fakeSecrets }

func (c fakeCollection) CreateItem(
	who dbus.Sender, properties map[string]dbus.Variant, secret fakeSecret, _ bool) (
	dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	if err := c.f.before("CreateItem"); err != nil {
		return "/", "/", err
	}
	attributes, _ := properties["org.freedesktop.Secret.Item.Attributes"].Value().(map[string]string)
	if !c.f.keepNothing {
		c.f.made(who, attributes["username"], string(secret.Value))
	}
	return loginPath + "/new", "/", nil
}

type fakeItems struct{ f *fakeSecrets }

func (i fakeItems) GetSecret(who dbus.Sender, session dbus.ObjectPath, m dbus.Message) (fakeSecret, *dbus.Error) {
	path, _ := m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	i.f.mu.Lock()
	defer i.f.mu.Unlock()
	item := i.f.items[path]
	if i.f.forStrangers == seesAnother && item.maker != who {
		return fakeSecret{Session: session, Value: []byte("another")}, nil
	}
	return fakeSecret{Session: session, Value: i.f.mangle(item.value)}, nil
}

func (i fakeItems) Delete(m dbus.Message) (dbus.ObjectPath, *dbus.Error) {
	path, _ := m.Headers[dbus.FieldPath].Value().(dbus.ObjectPath)
	i.f.mu.Lock()
	defer i.f.mu.Unlock()
	if !i.f.deleteNone {
		delete(i.f.items, path)
	}
	return "/", nil
}

type fakeSession struct{}

func (fakeSession) Close() *dbus.Error { return nil }

type fakeProperties struct{ f *fakeSecrets }

func (p fakeProperties) Get(_, name string) (dbus.Variant, *dbus.Error) {
	if err := p.f.before("Get " + name); err != nil {
		return dbus.Variant{}, err
	}
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	if name == "Locked" {
		return dbus.MakeVariant(p.f.locked), nil
	}
	if p.f.noCollection {
		return dbus.MakeVariant([]dbus.ObjectPath{}), nil
	}
	return dbus.MakeVariant([]dbus.ObjectPath{loginPath}), nil
}
