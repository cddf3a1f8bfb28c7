package session

import (
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"

	"keyfob/internal/account"
	"keyfob/internal/clock"
	"keyfob/internal/fault"
)

// wallTime is time.Time as the runtime lays it out; only a test needs to set one clock without the other.
type wallTime struct {
	wall uint64 // 1 bit: has a monotonic clock; 33 bits: seconds; 30 bits: nanoseconds
	ext  int64
	loc  *time.Location
}

// setForward is t as time.Now gives it after somebody set the wall clock forward, or back.
func setForward(t time.Time, seconds int64) time.Time {
	(*wallTime)(unsafe.Pointer(&t)).wall += uint64(seconds) << 30
	return t
}

func TestF10TheSlowerClockIsNotBelieved(t *testing.T) {
	begin := time.Now()
	hourLater := begin.Add(time.Hour)
	back := setForward(hourLater, -7200)
	if back.Round(0).Sub(begin.Round(0)) != -time.Hour || back.Sub(begin) != time.Hour {
		t.Fatalf("this Go lays out time.Time differently: %v, %v", back.Round(0).Sub(begin.Round(0)), back.Sub(begin))
	}
	for name, now := range map[string]time.Time{
		"both clocks":         hourLater,
		"wall clock alone":    begin.Round(0).Add(time.Hour),
		"wall clock set back": back,
	} {
		if got := clock.Elapsed(now, begin); got != time.Hour {
			t.Errorf("%s: elapsed %v", name, got)
		}
		s := hand{access: secretOf("a"), issued: begin.Round(0), held: begin, lifetime: 90 * time.Minute}
		if got := s.remaining(now); got != 30*time.Minute {
			t.Errorf("%s: %v left", name, got)
		}
		if got := s.handOut(now).Expiry; !got.Equal(now.Round(0).Add(30 * time.Minute)) {
			t.Errorf("%s: handed out until %v at %v", name, got, now)
		}
	}
	if got := clock.Elapsed(begin.Round(0), begin.Add(time.Hour)); got != 0 {
		t.Errorf("something that is to come was %v ago", got)
	}
}

// realNow has a monotonic clock, which the time of a bubble has not.
var realNow = time.Now()

// withTwoClocks gives the world a wall clock that can be set, and a monotonic one that cannot.
func (w *world) withTwoClocks() { w.began = time.Now() }

const year = 365 * 24 * time.Hour

func TestF10AClockThatIsWrongIsSaid(t *testing.T) {
	for apart, want := range map[time.Duration]fault.Reason{
		0: "", 2 * time.Minute: "", -2 * time.Minute: "",
		3 * time.Minute: fault.ClockBehind, -time.Hour: fault.ClockAhead,
		10 * year: fault.ClockBehind, -10 * year: fault.ClockAhead,
		-72 * time.Hour: fault.ClockAhead, 5 * time.Hour: fault.ClockBehind,
	} {
		inWorld(t, func(t *testing.T, w *world) {
			w.flow.skew = apart
			w.flow.notices = []*fault.Error{fault.New(fault.NoIDToken)}
			w.run()
			w.signIn("acme")
			for range 2 { // after a sign-in, and after a renewal
				a := w.wantStatus(account.SignedIn)
				last := a.Notices[len(a.Notices)-1]
				said := last.Code == fault.ClockWrong
				if said != (want != "") || said && (last.Reason != want || last.Args["apart"] != apart.Abs().String()) {
					t.Fatalf("%v: %v %v, want %q", apart, last, last.Args, want)
				}
				if w.token(0); a.Notices[0].Code != fault.NoIDToken {
					t.Fatalf("%v: %v", apart, a.Notices)
				}
				later(55 * time.Minute)
			}
			w.flow.change(func() { w.flow.skew = 0 })
			later(time.Hour)
			if a := w.wantStatus(account.SignedIn); len(a.Notices) != 1 {
				t.Fatalf("the clock is right again, and yet: %v", a.Notices)
			}
		})
	}
}

func TestF10AClockThatJumpsMakesNoStormAndNoEternalToken(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -time.Hour, 10 * year, -10 * year} {
		inWorld(t, func(t *testing.T, w *world) {
			w.withTwoClocks()
			w.run()
			w.signIn("acme")
			later(20 * time.Minute)
			given, token := w.began, w.token(0).Token.Reveal()
			w.moved.Store(int64(jump.Seconds()))
			for range 3 * 3600 {
				later(time.Second)
				a := w.token(0)
				if now := a.Token.Reveal(); now != token {
					token, given = now, time.Now()
				}
				if age := time.Since(given); age > time.Hour+time.Second {
					t.Fatalf("%v: handed out a token that was given %v ago", jump, age)
				}
				if left := a.Expiry.Sub(w.now()); left <= 0 || left > time.Hour {
					t.Fatalf("%v: it says that it lives for %v", jump, left)
				}
			}
			if n := len(w.flow.sent()); n < 3 || n > 5 {
				t.Fatalf("%v: %d requests in three hours", jump, n)
			}
		})
	}
}

// A clock that does as it pleases: whatever it says, requests stay few, and no token outlives itself.
func TestF10AClockThatDances(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.withTwoClocks()
		w.run()
		w.signIn("acme")
		dice := rand.New(rand.NewPCG(10, 10))
		given := map[string]time.Time{}
		for range 24 * 60 {
			w.moved.Store(dice.Int64N(20*365*24*3600) - 10*365*24*3600)
			later(time.Minute)
			token := w.token(time.Minute).Token.Reveal()
			if _, ok := given[token]; !ok {
				given[token] = time.Now()
			}
			if age := time.Since(given[token]); age > time.Hour {
				t.Fatalf("handed out a token that was given %v ago", age)
			}
		}
		if n := len(w.flow.sent()); n > 24*60+60 || w.flow.reused() != 0 {
			t.Fatalf("%d requests in a day, %d reuses", n, w.flow.reused())
		}
	})
}
