package session

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/keychain"
	"keyfob/internal/secret"
	"keyfob/oauthflow"
)

// vault is a keychain in which all goes wrong that can, by the fall of dice. What it promises is what storage does: a
// Save that returned nil was read back.
type vault struct {
	dice *rand.Rand
	odds float64
	kept map[string]string
	// late are writes that hung when their callers gave up. They take place before the next operation that is answered,
	// in any order.
	late []func()
	// fuse is how many more operations there are before the process is killed; below zero: it is not.
	fuse int
	dead bool
	// saved are the refresh tokens for which a Save returned nil.
	saved map[string]bool
}

// begin decides the fate of an operation: whether it takes place, and what its caller hears.
func (v *vault) begin(effect, harm func()) error {
	if v.dead {
		return fault.New(fault.KeychainFailed)
	}
	if v.fuse == 0 { // killed: perhaps just before, perhaps just after
		v.dead = true
		if v.dice.IntN(2) == 0 {
			effect()
		}
		return fault.New(fault.KeychainFailed)
	}
	v.fuse--
	if v.dice.Float64() >= v.odds {
		v.settle()
		effect()
		return nil
	}
	switch v.dice.IntN(4) {
	case 0: // refused
	case 1: // made, and an error all the same
		v.settle()
		effect()
	case 2: // not made, and what was there is gone or garbled: what a reading back finds
		v.settle()
		harm()
	case 3: // hangs
		v.late = append(v.late, effect)
		return fault.New(fault.KeychainSlow)
	}
	return fault.New(fault.KeychainFailed)
}

func (v *vault) settle() {
	v.dice.Shuffle(len(v.late), func(i, j int) { v.late[i], v.late[j] = v.late[j], v.late[i] })
	for _, effect := range v.late {
		effect()
	}
	v.late = nil
}

func (v *vault) Probe(context.Context) error { return nil }

func (v *vault) LoadMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	return loadMany(ctx, keys, v.Load)
}

func (v *vault) Load(_ context.Context, key string) (data []byte, err error) {
	err = v.begin(func() {
		if kept, ok := v.kept[key]; ok {
			data = []byte(kept)
		}
	}, func() {})
	if err != nil {
		return nil, err
	}
	if data == nil {
		return nil, fs.ErrNotExist
	}
	return data, nil
}

func (v *vault) Save(_ context.Context, key string, data []byte) error {
	err := v.begin(func() { v.kept[key] = string(data) }, func() { v.harm(key) })
	if err == nil {
		r, _ := parseRecord(data)
		v.saved[r.refresh.Reveal()] = true
	}
	return err
}

func (v *vault) Delete(_ context.Context, key string) error {
	return v.begin(func() { delete(v.kept, key) }, func() {})
}

// harm is what a write that fails does to the item that it was to replace.
func (v *vault) harm(key string) {
	if v.dice.IntN(2) == 0 {
		delete(v.kept, key)
		return
	}
	v.kept[key] = `{"v":1,"refr`
}

// model is one account in a Keeper that is not running: every step is taken by hand.
type model struct {
	t      *testing.T
	vault  *vault
	k      *Keeper
	e      *entry
	issued int
	newest string // what the provider gave last; empty: nobody is signed in, or somebody has signed out
	ended  bool   // signed out, and told that it is deleted

	calm   *fakeStore // what the vault holds, where nothing goes wrong
	reader *Keeper    // a process that begins now
	read   *entry
}

func newModel(t *testing.T, seed uint64) *model {
	dice := rand.New(rand.NewPCG(seed, 9))
	m := &model{t: t, vault: &vault{dice: dice, kept: map[string]string{}, fuse: -1, saved: map[string]bool{}}}
	m.calm = newStore()
	m.reader, m.read = open(m.calm)
	m.start()
	return m
}

// start is a new process. What the old one has still in its hands reaches nobody.
func (m *model) start() {
	m.vault.fuse, m.vault.dead = -1, false
	m.k, m.e = open(m.vault)
	m.e.readHere(m.k.tasks.Context(), m.k.keychain.Load, 1)
}

// open makes a Keeper with one account on a keychain.
func open(chain keychain.System) (*Keeper, *entry) {
	flow := newFlow()
	flow.latency = 0
	k := New(Options{Flow: flow, Keychain: chain, Memory: newStore(), Profiles: newStore()})
	k.tasks.Begin(context.Background())
	k.keychain.Looked(nil)
	e := newEntry(k.core, "acme")
	e.useLocked(acme("acme"))
	k.entries["acme"], k.order = e, []*entry{e}
	return k, e
}

// person is what the account holds.
func (m *model) person() *person { return m.e.holding.(*person) }

// issue has the provider give tokens.
func (m *model) issue() *oauthflow.Tokens {
	m.issued++
	m.newest, m.ended = fmt.Sprintf("refresh-%d", m.issued), false
	return m.tokens("openid")
}

func (m *model) tokens(scope string) *oauthflow.Tokens {
	now := m.k.now()
	return &oauthflow.Tokens{
		Access: secret.New("a"), Type: "Bearer", Issued: now, Expiry: now, Refresh: secret.New(m.newest), Scope: scope,
		Identity: oauthflow.Identity{Subject: "ada"}, Issuer: issuer, TokenEndpoint: endpoint,
	}
}

// steps are what can happen, by name. Each leaves the account alone where it cannot happen now.
var steps = map[string]func(*model){
	"sign in": func(m *model) {
		_ = m.person().adoptSignIn(m.k.tasks.Context(), acme("acme"), m.issue(), true)
	},
	"renew": func(m *model) {
		m.renew(func(r *renewal) { r.adopt(m.tokens("openid")) })
	},
	"renew, and the rest is nonsense": func(m *model) {
		m.renew(func(r *renewal) { r.failed(fault.New(fault.TokenResponse)) })
	},
	"renew without rotation": func(m *model) {
		if s := m.person().session; s != nil && s.newest().Reveal() == m.newest {
			scope := fmt.Sprintf("scope-%d", m.vault.dice.IntN(3))
			m.renewal(s).adopt(m.tokens(scope))
		}
	},
	"resave": func(m *model) {
		if m.e.dirty {
			m.e.writeAgain(m.k.tasks.Context())
		}
	},
	"write again": func(m *model) { // as a keychain that is back has it done
		m.k.mu.Lock()
		m.e.dirty = m.e.dirty || m.person().session != nil
		m.k.mu.Unlock()
	},
	"look into the store": func(m *model) { _, _, _ = m.person().stored(m.k.tasks.Context(), m.k.keychain.Load) },
	"sign out": func(m *model) {
		if m.person().session != nil {
			m.newest, m.ended = "", m.e.end(m.k.tasks.Context(), m.vault.dice.IntN(2) != 0).Deleted
		}
	},
	"better":  func(m *model) { m.vault.odds = 0 },
	"worse":   func(m *model) { m.vault.odds = 0.5 },
	"awful":   func(m *model) { m.vault.odds = 0.9 },
	"restart": func(m *model) { m.start() },
}

// renewal is one that is under way.
func (m *model) renewal(s *signedIn) *renewal { return &renewal{p: m.person(), core: m.k.core, s: s} }

func (m *model) renew(judge func(*renewal)) {
	s := m.person().session
	if s == nil || s.newest().Reveal() != m.newest { // the provider would refuse it
		return
	}
	m.issue()
	r := m.renewal(s)
	_ = r.keepAside(m.k.tasks.Context(), secret.New(m.newest))
	judge(r)
}

// step takes one, in which the process may be killed.
func (m *model) step(name string, kill bool) {
	if kill {
		m.vault.fuse = m.vault.dice.IntN(4)
	}
	steps[name](m)
	if kill {
		m.start()
	}
}

// after is what a new process would find: the newest refresh token of a session, or nothing.
func (m *model) after() string {
	m.calm.kept = m.vault.kept
	found, _, _ := m.read.holding.(*person).stored(m.reader.tasks.Context(), m.reader.keychain.Load)
	if len(found) == 0 {
		return ""
	}
	return found[0].refresh.Reveal()
}

// check looks at what must hold at every moment.
func (m *model) check(killed bool) string {
	found := m.after()
	s := m.person().session
	switch {
	case m.newest != "" && m.vault.saved[m.newest] && found != m.newest:
		return fmt.Sprintf("a Save of %s returned nil, but the store gives %q", m.newest, found)
	case s != nil && s.saved && s.newest().Reveal() == m.newest && found != m.newest:
		return fmt.Sprintf("%s counts as saved, but the store gives %q", m.newest, found)
	case s != nil && m.newest != "" && !killed && s.newest().Reveal() != m.newest && m.vault.saved[m.newest]:
		return fmt.Sprintf("memory holds %q, not %s", s.newest().Reveal(), m.newest)
	case m.ended && found != "":
		return fmt.Sprintf("signed out and deleted, but the store gives %q", found)
	}
	return ""
}

// A model of the store: whatever is saved, fails (before or after it had its effect, and whatever it has done to what
// was there), hangs and takes place later in another order, and wherever the process is killed: once a Save of the
// newest refresh token has returned nil, every later start finds it.
func TestF17F26C40TheNewestTokenIsNeverLostOnceSaveReturned(t *testing.T) {
	names := slices.Sorted(maps.Keys(steps))
	const sequences = 2000
	saves, kills := 0, 0
	for seed := range uint64(sequences) {
		m := newModel(t, seed)
		var script []string
		for range 40 {
			name := names[m.vault.dice.IntN(len(names))]
			kill := m.vault.dice.IntN(8) == 0
			if kill {
				kills++
			}
			script = append(script, fmt.Sprintf("%s (killed: %v)", name, kill))
			m.step(name, kill)
			if wrong := m.check(kill); wrong != "" {
				t.Fatalf("seed %d: %s\n%s\n%q", seed, wrong, strings.Join(script, "\n"), m.vault.kept)
			}
		}
		saves += len(m.vault.saved)
	}
	t.Logf("%d sequences, %d tokens saved, %d kills", sequences, saves, kills)
	if saves < sequences || kills < sequences {
		t.Errorf("only %d saves and %d kills in %d sequences", saves, kills, sequences)
	}
}
