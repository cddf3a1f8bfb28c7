package session

import (
	"maps"
	"testing"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// Somebody else's code came with the true state. Whichever check it fails, the session stays what it was: as it is
// stored, as it is handed out, as it is renewed; and it is not revoked.
func TestA04ACodeOfSomebodyElseLeavesTheSessionAlone(t *testing.T) {
	for _, why := range []fault.Code{
		fault.SignInRefused,  // by the provider: the verifier is not the attacker's (PKCE)
		fault.IDTokenInvalid, // by us: the nonce is not ours
	} {
		t.Run(string(why), func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.run()
				w.signIn("acme")
				before := maps.Clone(w.keychain.kept)
				caller := w.ask(t.Context(), true) // asked for another account: the old one is not even compared with
				w.flow.callback <- fault.New(why)
				wantCode(t, <-caller.done, why)
				if a := w.wantStatus(account.SignedIn); a.Who.Subject != "ada" || fault.CodeOf(a.Problem) != why {
					t.Errorf("%+v", a)
				}
				if !maps.Equal(before, w.keychain.kept) || len(w.flow.gone()) != 0 {
					t.Errorf("stored: %d slots, revoked: %d", len(w.keychain.kept), len(w.flow.gone()))
				}
				if got := w.token(0).Token.Reveal(); got != "access-1" {
					t.Errorf("handed out %q", got)
				}
				later(w.flow.lifetime)
				if got := w.token(0).Token.Reveal(); got != "access-2" || w.flow.reused() != 0 {
					t.Errorf("renewed as %q, %d reuses", got, w.flow.reused())
				}
			})
		})
	}
}
