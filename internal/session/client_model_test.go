package session

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
)

// machineModel is what a provider sees of one machine, whatever is done to it.
type machineModel struct {
	*world
	dice *rand.Rand

	mu      sync.Mutex
	refused map[string]bool // what the provider has said no to, for good, until something changes
	trying  bool            // a person tries a secret
	issued  map[int]int     // tokens, by month
	wrong   string
}

const modelLimit = 8

// sees judges every request and its answer.
func (m *machineModel) sees(p profile.Profile, s secret.Text, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := refusal(p, s)
	switch {
	case m.refused[key] && !m.trying:
		m.wrong = "asked again what was refused for good"
	case err == nil:
		delete(m.refused, key)
	case fault.CodeOf(err) == fault.SecretRefused, fault.CodeOf(err) == fault.ClientRefused:
		m.refused[key] = !m.trying // of one that is only tried nothing stays
	}
	month := monthOf(dayOf(m.now()))
	if issued(err) {
		m.issued[month]++
	}
	if m.issued[month] > modelLimit {
		m.wrong = "asked beyond the cap"
	}
}

// machineSteps are what can happen, by name.
var machineSteps = map[string]func(*machineModel){
	"token": func(m *machineModel) { _, _ = m.keeper.Token(m.t.Context(), "acme", 0) },
	"long": func(m *machineModel) {
		_, _ = m.keeper.Token(m.t.Context(), "acme", time.Hour*time.Duration(m.dice.IntN(30)))
	},
	"together": func(m *machineModel) { m.together() },
	"refused": func(m *machineModel) {
		if h := m.keeper.entries["acme"].holding.handLocked(); h != nil {
			_, _ = m.keeper.TokenInsteadOf(m.t.Context(), "acme", sha256.Sum256([]byte(h.access.Reveal())), 0)
		}
	},
	"right secret":  func(m *machineModel) { m.set(theSecret, false) },
	"wrong secret":  func(m *machineModel) { m.set("wrong", false) },
	"wrong, untold": func(m *machineModel) { m.set("wrong", true) },
	"forget":        func(m *machineModel) { _ = m.keeper.ForgetSecret(m.t.Context(), "acme") },
	"sign out":      func(m *machineModel) { _, _ = m.keeper.SignOut(m.t.Context(), "acme") },
	"profile":       func(m *machineModel) { m.changeProfile() },
	"restart":       func(m *machineModel) { m.run() },
	"well":          func(m *machineModel) { m.flow.change(func() { m.flow.err, m.flow.lose = nil, 0 }) },
	"offline":       func(m *machineModel) { m.flow.change(func() { m.flow.err = fault.New(fault.Offline) }) },
	"refuses": func(m *machineModel) {
		m.flow.change(func() { m.flow.err = fault.New(fault.ClientRefused, "error", "e") })
	},
	"loses":    func(m *machineModel) { m.flow.change(func() { m.flow.lose = 3 }) },
	"a minute": func(*machineModel) { later(time.Minute) },
	"an hour":  func(*machineModel) { later(time.Hour) },
	"a day":    func(*machineModel) { later(24 * time.Hour) },
}

func (m *machineModel) together() {
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() { _, _ = m.keeper.Token(m.t.Context(), "acme", 0) })
	}
	all.Go(func() { m.set(theSecret, false) })
	all.Wait()
}

func (m *machineModel) set(s string, untried bool) {
	m.try(true)
	defer m.try(false)
	if err := m.keeper.SetSecret(m.t.Context(), "acme", secret.New(s), untried); err == nil && untried {
		m.forgiven()
	}
}

func (m *machineModel) try(now bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.trying = now
}

// forgiven: something has changed, so that the same may be asked once more.
func (m *machineModel) forgiven() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.refused)
}

func (m *machineModel) changeProfile() {
	p := machineProfile("acme")
	p.MonthlyTokenLimit, p.Scope = modelLimit, fmt.Sprintf("scope-%d", m.dice.IntN(100))
	if m.keeper.Import(m.t.Context(), p, true) == nil {
		m.forgiven()
	}
}

func (m *machineModel) judge() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.flow.change(func() {
		if m.flow.crowd > 1 {
			m.wrong = "two requests at once"
		}
	})
	return m.wrong
}

// Whatever happens in whatever order: never two requests at once, never one for what was refused for good, and never
// one beyond the cap.
func TestC60WhateverHappensAMachineAsksWithMeasure(t *testing.T) {
	names := slices.Sorted(maps.Keys(machineSteps))
	requests := 0
	for seed := range uint64(150) {
		inMachineWorld(t, modelLimit, func(t *testing.T, w *world) {
			m := &machineModel{world: w, dice: rand.New(rand.NewPCG(seed, 7)), refused: map[string]bool{}, issued: map[int]int{}}
			w.flow.seen = m.sees
			w.run()
			w.give()
			var script []string
			for range 120 {
				name := names[m.dice.IntN(len(names))]
				script = append(script, name)
				machineSteps[name](m)
				if wrong := m.judge(); wrong != "" {
					t.Fatalf("seed %d: %s after %q", seed, wrong, script)
				}
			}
			requests += len(w.flow.fetched())
		})
	}
	t.Logf("%d requests", requests)
	if requests < 1000 {
		t.Errorf("only %d requests", requests)
	}
}
