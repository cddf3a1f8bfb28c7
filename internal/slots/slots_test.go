package slots

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errStore = errors.New("the store fails")

// fakeStore fails from the nth write or deletion on, which takes place or does not.
type fakeStore struct {
	kept  map[string]string
	log   []string
	fuse  int  // so many more succeed; below zero: all
	after bool // the one that fails first takes place all the same
	harm  bool // the one that fails first loses what was there
}

func newStore() *fakeStore { return &fakeStore{kept: map[string]string{}, fuse: -1} }

func (s *fakeStore) begin(op, key string, effect func()) error {
	s.log = append(s.log, op+" "+key)
	if s.fuse == 0 {
		if s.harm {
			delete(s.kept, key)
		} else if s.after {
			effect()
		}
		s.after, s.harm = false, false
		return errStore
	}
	s.fuse--
	effect()
	return nil
}

func (s *fakeStore) Load(_ context.Context, key string) ([]byte, error) {
	if data, ok := s.kept[key]; ok {
		return []byte(data), nil
	}
	return nil, fs.ErrNotExist
}

func (s *fakeStore) Save(_ context.Context, key string, data []byte) error {
	return s.begin("save", key, func() { s.kept[key] = string(data) })
}

func (s *fakeStore) Delete(_ context.Context, key string) error {
	if _, ok := s.kept[key]; !ok && s.fuse != 0 {
		return fs.ErrNotExist
	}
	return s.begin("delete", key, func() { delete(s.kept, key) })
}

// In these tests what is kept is "secret/words around it".
func mark(data []byte) Mark {
	secret, _, ok := bytes.Cut(data, []byte("/"))
	if !ok {
		return Mark{}
	}
	return MarkOf(string(secret))
}

func open(t *testing.T, s *fakeStore) *Pair {
	t.Helper()
	p := New(s, "1", "2", mark)
	if _, _, err := p.Load(t.Context(), s.Load); err != nil {
		t.Fatal(err)
	}
	return p
}

// newest is what the next start finds.
func newest(t *testing.T, s *fakeStore) string {
	t.Helper()
	second, first, err := New(s, "1", "2", mark).Load(t.Context(), s.Load)
	if err != nil {
		t.Fatal(err)
	}
	if second != nil && mark(second) != (Mark{}) {
		return string(second)
	}
	return string(first)
}

func TestTheWritesAndTheirOrder(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(context.Context, *Pair) error
		want []string
	}{
		{"another secret, nothing in the way", func(ctx context.Context, p *Pair) error {
			return p.Keep(ctx, []byte("new/a"))
		}, []string{"save 1"}},
		{"the same secret, other words", func(ctx context.Context, p *Pair) error {
			return p.Keep(ctx, []byte("old/b"))
		}, []string{"save 2", "save 1", "delete 2"}},
		{"set aside, then kept", func(ctx context.Context, p *Pair) error {
			return errors.Join(p.SetAside(ctx, []byte("new/a")), p.Keep(ctx, []byte("new/b")))
		}, []string{"save 2", "save 1", "delete 2"}},
		{"set aside twice", func(ctx context.Context, p *Pair) error {
			return errors.Join(p.SetAside(ctx, []byte("new/a")), p.SetAside(ctx, []byte("new/b")))
		}, []string{"save 2"}},
		{"an older one set aside, then another", func(ctx context.Context, p *Pair) error {
			return errors.Join(p.SetAside(ctx, []byte("new/a")), p.Keep(ctx, []byte("newer/a")))
		}, []string{"save 2", "save 2", "save 1", "delete 2"}},
		{"set aside, then erased", func(ctx context.Context, p *Pair) error {
			return errors.Join(p.SetAside(ctx, []byte("new/a")), p.Erase(ctx, []byte("none")))
		}, []string{"save 2", "delete 2", "delete 1"}},
	} {
		s := newStore()
		s.kept["1"] = "old/a"
		p := open(t, s)
		if err := c.do(t.Context(), p); err != nil || !slices.Equal(s.log, c.want) {
			t.Errorf("%s: %q, %v; want %q", c.name, s.log, err, c.want)
		}
	}
}

// Whatever a write does that fails or is cut off, at any step: what the next start finds is the new secret, or the old
// one where no Save of the new one returned.
func TestCutOffAnywhereNothingIsLost(t *testing.T) {
	for fuse := range 4 {
		for _, manner := range []string{"not made", "made", "harmed"} {
			s := newStore()
			s.kept["1"] = "old/a"
			p := open(t, s)
			s.fuse, s.after, s.harm = fuse, manner == "made", manner == "harmed"
			aside := p.SetAside(t.Context(), []byte("new/a"))
			if aside == nil {
				_ = p.Keep(t.Context(), []byte("new/b"))
			}
			got := mark([]byte(newest(t, s)))
			if aside == nil && got != MarkOf("new") {
				t.Errorf("step %d, %s: the new secret is lost: %q", fuse, manner, s.kept)
			}
			if got != MarkOf("new") && got != MarkOf("old") {
				t.Errorf("step %d, %s: both are lost: %q", fuse, manner, s.kept)
			}
		}
	}
}

func TestWhatCannotBeDeletedIsOverwritten(t *testing.T) {
	s := newStore()
	s.kept["1"] = "old/a"
	p := open(t, s)
	stubborn := &noDelete{s}
	p.store = stubborn
	if err := p.Erase(t.Context(), []byte("none")); err != nil || s.kept["1"] != "none" {
		t.Fatalf("%v, the store holds %q", err, s.kept)
	}
	if p.Holds(MarkOf("old")) || p.Holds(Mark{}) {
		t.Fatal("it holds what is gone")
	}
	s.fuse = 0
	if err := p.Erase(t.Context(), []byte("none")); !errors.Is(err, errStore) {
		t.Fatalf("neither was possible, and the answer is %v", err)
	}
}

// noDelete is a store that only writes.
type noDelete struct{ *fakeStore }

func (*noDelete) Delete(context.Context, string) error { return errStore }

func TestAStoreThatDoesNotSayIsNoAnswer(t *testing.T) {
	for _, silent := range []string{"1", "2"} {
		s := newStore()
		s.kept["1"], s.kept["2"] = "old/a", "new/a"
		p := New(s, "1", "2", mark)
		_, _, err := p.Load(t.Context(), func(ctx context.Context, key string) ([]byte, error) {
			if key == silent {
				return nil, errStore
			}
			return s.Load(ctx, key)
		})
		if !errors.Is(err, errStore) || !p.CutOff() || p.Holds(MarkOf("old")) {
			t.Errorf("%s is silent: %v", silent, err)
		}
	}
}

// walk is a random sequence of what can happen to one secret, in a store that fails and is killed.
type walk struct {
	t      *testing.T
	dice   *rand.Rand
	store  *fakeStore
	pair   *Pair
	issued int
	now    string // the newest secret; empty: none
	saved  bool   // a write of it has returned nil
}

func (w *walk) step() string {
	w.store.fuse = []int{-1, -1, 0, 1, 2}[w.dice.IntN(5)]
	w.store.after, w.store.harm = w.dice.IntN(2) == 0, w.dice.IntN(3) == 0
	data := fmt.Appendf(nil, "%s/%d", w.now, w.dice.IntN(3))
	switch w.dice.IntN(5) {
	case 0:
		w.issued++
		w.now = fmt.Sprint("s", w.issued)
		w.saved = w.pair.SetAside(w.t.Context(), fmt.Appendf(nil, "%s/0", w.now)) == nil
		return "new " + w.now
	case 1:
		if w.now != "" {
			w.saved = w.pair.Keep(w.t.Context(), data) == nil || w.saved
		}
		return "keep"
	case 2:
		if w.now != "" {
			w.saved = w.pair.SetAside(w.t.Context(), data) == nil || w.saved
		}
		return "set aside"
	case 3:
		w.store.fuse = -1
		w.pair = open(w.t, w.store)
		return "restart"
	default:
		if w.dice.IntN(4) > 0 {
			return "nothing"
		}
		err := w.pair.Erase(w.t.Context(), []byte("none"))
		if w.now, w.saved = "", false; err != nil {
			return "erase failed"
		}
		if got := mark([]byte(newest(w.t, w.store))); got != (Mark{}) {
			w.t.Fatalf("erased, and the store holds %q", w.store.kept)
		}
		return "erase"
	}
}

func TestTheNewestIsNeverLostOnceSaveReturned(t *testing.T) {
	saves := 0
	for seed := range uint64(3000) {
		w := &walk{t: t, dice: rand.New(rand.NewPCG(seed, 3)), store: newStore()}
		w.pair = open(t, w.store)
		var script []string
		for range 40 {
			script = append(script, w.step())
			kept := maps.Clone(w.store.kept)
			if w.saved {
				saves++
				if got := mark([]byte(newest(t, w.store))); got != MarkOf(w.now) {
					t.Fatalf("seed %d: %s was saved, and the store holds %q after %q", seed, w.now, kept, script)
				}
			}
			if w.now != "" && w.pair.Holds(MarkOf(w.now)) && mark([]byte(newest(t, w.store))) != MarkOf(w.now) {
				t.Fatalf("seed %d: it says that it holds %s, and the store holds %q after %q", seed, w.now, kept, script)
			}
		}
	}
	if saves < 3000 {
		t.Errorf("only %d looks at what was saved", saves)
	}
}
