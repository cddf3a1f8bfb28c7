package demo

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/luikyv/go-oidc/pkg/goidc"
)

func newStore(t *testing.T) *store {
	t.Helper()
	nowhere := func(string, []byte) error { return nil }
	s, err := openStore(Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler), Save: nowhere})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *store) mustSave(t *testing.T, g goidc.Grant) {
	t.Helper()
	if err := s.SaveGrant(t.Context(), &g); err != nil {
		t.Fatal(err)
	}
}

func TestGrantsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t)
		now := int(time.Now().Unix())
		month := now + int(refreshLifetime.Seconds())
		s.mustSave(t, goidc.Grant{ID: "short", CreatedAt: now})
		s.mustSave(t, goidc.Grant{ID: "revoked", CreatedAt: now, RevokedAt: now, RefreshTokenExpiresAt: month})
		s.mustSave(t, goidc.Grant{ID: "lives", CreatedAt: now, RefreshTokenExpiresAt: month})
		if len(s.grants) != 3 {
			t.Fatalf("%d grants at first", len(s.grants))
		}

		time.Sleep(25 * time.Hour)
		s.mustSave(t, goidc.Grant{ID: "later", CreatedAt: int(time.Now().Unix())})
		for id, want := range map[string]bool{"short": false, "revoked": false, "lives": true, "later": true} {
			if _, err := s.Grant(t.Context(), id); (err == nil) != want || (!want && !errors.Is(err, goidc.ErrNotFound)) {
				t.Errorf("%s after a day: %v", id, err)
			}
		}

		time.Sleep(refreshLifetime)
		s.mustSave(t, goidc.Grant{ID: "last", CreatedAt: int(time.Now().Unix())})
		if len(s.grants) != 1 {
			t.Errorf("%d grants after a month", len(s.grants))
		}
	})
}

func TestTheStoreIsBounded(t *testing.T) {
	s := newStore(t)
	now := int(time.Now().Unix())
	for i := range maxGrants + 10 {
		s.mustSave(t, goidc.Grant{ID: fmt.Sprint(i), CreatedAt: now + i})
		page := &goidc.AuthnSession{ID: fmt.Sprint(i), CreatedAt: now + i, Status: goidc.StatusPending}
		if err := s.SaveSession(t.Context(), page); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.grants) != maxGrants || len(s.sessions) != maxSessions {
		t.Errorf("%d grants, %d sign-in pages", len(s.grants), len(s.sessions))
	}
	if _, err := s.Grant(t.Context(), "9"); !errors.Is(err, goidc.ErrNotFound) {
		t.Error("the oldest grants were not the ones to go")
	}
}

func TestSpentTokensAreBounded(t *testing.T) {
	s := newStore(t)
	now := int(time.Now().Unix())
	for i := range maxSpent + 10 {
		s.mustSave(t, goidc.Grant{ID: "one", CreatedAt: now, RefreshToken: fmt.Sprint(i)})
	}
	if n := len(s.grants["one"].SpentHashes); n != maxSpent {
		t.Errorf("%d spent tokens are remembered", n)
	}
	newest := fmt.Sprint(maxSpent + 9)
	if g, err := s.GrantByRefreshToken(t.Context(), newest); err != nil || g.RevokedAt != 0 {
		t.Errorf("the newest token: %v", err)
	}
	if _, err := s.GrantByRefreshToken(t.Context(), "0"); !errors.Is(err, goidc.ErrNotFound) {
		t.Errorf("a token that was spent long ago: %v", err)
	}
	if g, err := s.GrantByRefreshToken(t.Context(), fmt.Sprint(maxSpent+8)); err != nil || g.RevokedAt == 0 {
		t.Errorf("a token that was just spent does not end the family: %v", err)
	}
}
