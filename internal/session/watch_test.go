package session

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"keyfob/internal/account"
)

func TestWatchBeginsWithNowAndEndsWithItsContext(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		k := w.run()
		ctx, leave := context.WithCancel(t.Context())
		seen := k.Watch(ctx)
		first := <-seen
		if len(first.Accounts) != 1 || first.Seq != k.Snapshot().Seq {
			t.Fatalf("%+v", first)
		}
		synctest.Wait()
		select {
		case s := <-seen:
			t.Fatalf("nothing changed, and yet %+v", s)
		default:
		}
		k.Raise()
		if s := <-seen; s.Raise != first.Raise+1 || s.Seq <= first.Seq {
			t.Fatalf("%+v after %+v", s, first)
		}
		leave()
		synctest.Wait()
		if _, open := <-seen; open {
			t.Fatal("the channel is open although its context ended")
		}
		if k.mu.Lock(); len(k.watchers) != 0 {
			t.Error("the watcher is still known")
		}
		k.mu.Unlock()
	})
}

func TestASlowWatcherHoldsUpNobodyAndGetsTheLatest(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		k := w.run()
		seen := k.Watch(t.Context())
		synctest.Wait()
		for range 1000 {
			k.Raise()
		}
		synctest.Wait()
		if s := <-seen; s.Raise != 1000 {
			t.Fatalf("the first look shows %d of 1000", s.Raise)
		}
	})
}

func TestWatchBeforeTheStartWaitsForTheProfiles(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.profiles.wait = time.Second
		k := w.begin()
		begin := time.Now()
		s := <-k.Watch(t.Context())
		if len(s.Accounts) != 1 || time.Since(begin) == 0 {
			t.Fatalf("an empty window for a moment: %+v", s)
		}
	})
}

func TestWatchEndsWithTheKeeper(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		k := w.run()
		seen := k.Watch(t.Context())
		<-seen
		w.stop()
		for range seen { // what was still to be said
		}
		if _, open := <-k.Watch(t.Context()); open {
			t.Fatal("a Keeper that has ended has something to say")
		}
	})
}

func TestTheTrayIsKnown(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.options.Agent = account.Agent{PID: 7, Kind: account.Desktop}
		k := w.run()
		k.SetTray(true)
		seq := k.Snapshot().Seq
		k.SetTray(true)
		s := k.Snapshot()
		if !s.Agent.Tray || s.Agent.PID != 7 || s.Seq != seq {
			t.Fatalf("%+v", s)
		}
	})
}
