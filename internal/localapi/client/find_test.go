package client

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/localapi"
	"keyfob/storage"
)

func testPlaces(t *testing.T) storage.Places {
	t.Helper()
	dir := filepath.Dir(socketPath(t))
	return storage.Places{Config: dir, State: dir, Runtime: dir}
}

// agents starts agents as Start of a Finder would, in this process: each takes the lock or gives up.
type agents struct {
	t      *testing.T
	places storage.Places // where it is started from; may differ from where it is looked for
	starts atomic.Int32
	won    atomic.Int32
	all    sync.WaitGroup
	ctx    context.Context
}

func newAgents(t *testing.T, places storage.Places) *agents {
	ctx, cancel := context.WithCancel(context.Background())
	r := &agents{t: t, places: places, ctx: ctx}
	t.Cleanup(func() { cancel(); r.all.Wait() })
	return r
}

func (a *agents) start(context.Context) (<-chan error, error) {
	a.starts.Add(1)
	ended := make(chan error, 1)
	a.all.Go(func() {
		defer close(ended)
		lock, err := storage.Acquire(a.places.Lock(), storage.Holder{PID: os.Getpid(), Socket: a.places.Socket()})
		if err != nil {
			return
		}
		defer func() { _ = lock.Release() }()
		a.won.Add(1)
		l, err := localapi.Listen(a.places.Socket())
		if err != nil {
			a.t.Error(err)
			return
		}
		if err := newServer(a.t).Serve(a.ctx, l); err != nil {
			a.t.Error(err)
		}
	})
	return ended, nil
}

func ensureServes(t *testing.T, f Finder) {
	t.Helper()
	c, err := Ensure(t.Context(), f)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	if _, err := c.Token(t.Context(), "rhythm", 0); err != nil {
		t.Error(err)
	}
}

func TestEnsureStartsOneAndThenFindsIt(t *testing.T) {
	places := testPlaces(t)
	r := newAgents(t, places)
	f := Finder{Places: places, Start: r.start}
	ensureServes(t, f)
	ensureServes(t, f)
	if n := r.starts.Load(); n != 1 {
		t.Errorf("%d starts", n)
	}
}

func TestA49EverybodyFindsTheOneThatWon(t *testing.T) {
	places := testPlaces(t)
	r := newAgents(t, places)
	var askers sync.WaitGroup
	for range 10 {
		askers.Go(func() { ensureServes(t, Finder{Places: places, Start: r.start}) })
	}
	askers.Wait()
	if n := r.won.Load(); n != 1 {
		t.Errorf("%d became the agent, of %d that were started", n, r.starts.Load())
	}
}

func TestEnsureFindsTheAgentOfAnotherEnvironment(t *testing.T) {
	here, there := testPlaces(t), testPlaces(t)
	there.State = here.State // the lock is one, the runtime folders are two
	r := newAgents(t, there)
	ensureServes(t, Finder{Places: here, Start: r.start})
	ensureServes(t, Finder{Places: here})
}

func TestEnsureStartsNoneBesideOneThatIsStillComing(t *testing.T) {
	places := testPlaces(t)
	lock, err := storage.Acquire(places.Lock(), storage.Holder{PID: os.Getpid(), Socket: places.Socket()})
	if err != nil {
		t.Fatal(err)
	}
	r := newAgents(t, places)
	found := make(chan struct{})
	go func() {
		defer close(found)
		ensureServes(t, Finder{Places: places, Start: r.start})
	}()
	l := listen(t, places.Socket())
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	server := newServer(t)
	go func() { served <- server.Serve(ctx, l) }()
	<-found
	cancel()
	if err := errors.Join(<-served, lock.Release()); err != nil {
		t.Error(err)
	}
	if n := r.starts.Load(); n != 0 {
		t.Errorf("%d starts", n)
	}
}

// TestEnsureStartsOneWhenTheOldOneHasGone: the holder of the lock was stopping, not starting.
func TestEnsureStartsOneWhenTheOldOneHasGone(t *testing.T) {
	places := testPlaces(t)
	lock, err := storage.Acquire(places.Lock(), storage.Holder{PID: os.Getpid(), Socket: places.Socket()})
	if err != nil {
		t.Fatal(err)
	}
	r := newAgents(t, places)
	found := make(chan struct{})
	go func() {
		defer close(found)
		ensureServes(t, Finder{Places: places, Start: r.start})
	}()
	if err := lock.Release(); err != nil {
		t.Error(err)
	}
	<-found
}

func TestEnsureGivesUp(t *testing.T) {
	places := testPlaces(t)

	_, err := Ensure(t.Context(), Finder{Places: places})
	wantCode(t, err, fault.NoAgent)

	fails := func(err error) func(context.Context) (<-chan error, error) {
		return func(context.Context) (<-chan error, error) { return nil, err }
	}
	_, err = Ensure(t.Context(), Finder{Places: places, Start: fails(errors.New("no such file"))})
	wantCode(t, err, fault.AgentFailed)
	_, err = Ensure(t.Context(), Finder{Places: places, Start: fails(fault.New(fault.DiskTrouble))})
	wantCode(t, err, fault.DiskTrouble)

	ctx, cancel := context.WithCancel(t.Context())
	_, err = Ensure(ctx, Finder{Places: places, Start: func(context.Context) (<-chan error, error) {
		cancel()
		return make(chan error), nil
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestEnsureWaitsNoLongerThanItSays(t *testing.T) {
	places := testPlaces(t)
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := Ensure(t.Context(), Finder{Places: places, Start: func(context.Context) (<-chan error, error) {
			return make(chan error), nil
		}})
		wantCode(t, err, fault.AgentFailed)
		if took := time.Since(began); took != startLimit {
			t.Errorf("it took %s", took)
		}
	})
}

// TestEnsureDoesNotWaitForOneThatHasEnded: it is started once more, as it may have ended because another was there.
func TestEnsureDoesNotWaitForOneThatHasEnded(t *testing.T) {
	places := testPlaces(t)
	synctest.Test(t, func(t *testing.T) {
		began, starts := time.Now(), 0
		_, err := Ensure(t.Context(), Finder{Places: places, Start: func(context.Context) (<-chan error, error) {
			starts++
			ended := make(chan error, 1)
			ended <- errors.New("exit status 1")
			return ended, nil
		}})
		wantCode(t, err, fault.AgentFailed)
		if took := time.Since(began); took > startLook*startTries || starts != startTries {
			t.Errorf("%d were started, in %s", starts, took)
		}
	})
}

// hold takes the lock of an agent that listens nowhere.
func hold(t *testing.T, places storage.Places, holder storage.Holder) {
	t.Helper()
	lock, err := storage.Acquire(places.Lock(), holder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Release() })
}

// TestF38AHeldLockWithoutASocketIsSaid, by those who would start an agent and by those who only look, and names the
// process.
func TestF38AHeldLockWithoutASocketIsSaid(t *testing.T) {
	starts := func(context.Context) (<-chan error, error) {
		t.Error("one was started beside it")
		return nil, errors.New("no")
	}
	for name, c := range map[string]struct {
		start  func(context.Context) (<-chan error, error)
		limit  time.Duration
		holder storage.Holder
		pid    string
	}{
		"starts":  {starts, startLimit, storage.Holder{PID: 4711}, "4711"},
		"looks":   {nil, lookLimit, storage.Holder{PID: 4711, Socket: "/nowhere"}, "4711"},
		"no note": {nil, lookLimit, storage.Holder{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			places := testPlaces(t)
			hold(t, places, c.holder)
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				_, err := Ensure(t.Context(), Finder{Places: places, Start: c.start})
				said := fault.Of(err)
				if said == nil || said.Code != fault.NoAgent || said.Reason != fault.AgentUnreachable || said.Args["pid"] != c.pid {
					t.Errorf("got %+v", said)
				}
				if took := time.Since(began); took != c.limit {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// TestF38AnAgentIsFoundWhereverItListens: at one of its other places, also without a note that tells which, and from
// a session with another runtime folder.
func TestF38AnAgentIsFoundWhereverItListens(t *testing.T) {
	for name, noted := range map[string]bool{"noted": true, "not noted": false} {
		for i := range 3 {
			places := testPlaces(t)
			places.Runtime = filepath.Join(places.State, "run")
			if _, err := places.Ensure(); err != nil {
				t.Fatal(err)
			}
			path := places.Sockets()[i]
			holder := storage.Holder{PID: os.Getpid()}
			if noted {
				holder.Socket = path
			}
			hold(t, places, holder)
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error, 1)
			l := listen(t, path)
			go func() { served <- newServer(t).Serve(ctx, l) }()
			ensureServes(t, Finder{Places: places})
			if elsewhere := places; noted {
				elsewhere.Runtime = filepath.Dir(socketPath(t))
				ensureServes(t, Finder{Places: elsewhere})
			}
			cancel()
			if err := <-served; err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
