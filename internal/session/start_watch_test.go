package session

import (
	"testing"
	"time"
)

func TestWatchBeforeTheStartWaitsForTheProfiles(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.profiles.wait = time.Second
		w.begin()
		begin := time.Now()
		s := <-w.hub.Watch(t.Context())
		if len(s.Accounts) != 1 || time.Since(begin) == 0 {
			t.Fatalf("an empty window for a moment: %+v", s)
		}
	})
}
