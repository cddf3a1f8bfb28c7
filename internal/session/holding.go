package session

import (
	"context"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/internal/secret"
	"keyfob/internal/slots"
)

// holding is what an account holds: one implementation for each kind of account. The Keeper and the entries know no
// kinds.
//
// In methods that end in Locked core.mu is held. In read, store, erase and end the account's write lock is; the request
// that fetchLocked returns takes it.
type holding interface {
	// What is held, and whether it covers what a caller asks for.

	// handLocked is the access token in hand, also one that has ended; nil where nobody could have one.
	handLocked() *hand
	// serveLocked tells whether it will do for a caller who asks for minValid, and notes that it was handed out if so;
	// handLocked is not nil.
	serveLocked(now time.Time, minValid time.Duration) bool

	// The next token.

	// fetchLocked gives one request for it, from the look whether it is still needed to the saved result. It is nil where
	// there is nothing to fetch it with.
	fetchLocked(now time.Time) (request func(context.Context))
	// byItself tells whether the loop fetches it, not only a caller who needs it.
	byItself() bool
	// dueLocked begins what is due of what this kind does by itself, and tells how long nothing will be.
	dueLocked(now time.Time) time.Duration

	// The stored copy.

	keys() []string // in the order in which read asks for them
	// read asks load for what is stored, and brings the account to rest. many are read at once.
	read(ctx context.Context, load slots.Loader, many int)
	// store makes the store hold what memory holds.
	store(ctx context.Context) error
	// erase deletes what is stored.
	erase(ctx context.Context) error
	// storedLocked notes what came of a write.
	storedLocked(err error)
	// heldLocked tells whether something is held, and whether the store holds it, or need not.
	heldLocked() (something, stored bool)
	// lastWordLocked tells whether something is worth a write at the very end that was not before.
	lastWordLocked() bool
	// movedLocked: everything is kept in memory from now on.
	movedLocked(now time.Time)

	// Its life.

	// emptyLocked is what the account is while nothing is held.
	emptyLocked() (account.Status, *fault.Error)
	// describeLocked fills in what is shown.
	describeLocked(a *account.Account, now time.Time)
	// profileChangedLocked: the account has another profile than old. It tells whether this holding stays, and returns
	// what is to be done about the stored copy, or nil.
	profileChangedLocked(old profile.Profile, now time.Time) (stays bool, after func(context.Context) error)
	// end has the provider told, and forgets what is held. removed: the account goes as well.
	end(ctx context.Context, removed bool) account.SignOutReport
}

// signer is a holding that a person signs in to.
type signer interface {
	// signIn joins the attempt under way, or begins one, and waits for it. See Keeper.SignIn.
	signIn(ctx context.Context, another bool, open func(account.Attempt) error) error
	// logoutPage is where a browser signs out.
	logoutPage(ctx context.Context) (string, error)
}

// secretHolder is a holding with a client's secret.
type secretHolder interface {
	setSecret(ctx context.Context, s secret.Text, untried bool) error
	forgetSecret(ctx context.Context) error
	// giveLocked takes over a secret that came with the program's start.
	giveLocked(s secret.Text)
}

// kinds are the kinds of accounts, each with the profiles that it is for. The first that fits is taken.
var kinds = []struct {
	fits func(profile.Profile) bool
	make func(*entry) holding
}{
	{needsSecret, newClient},
	{anyProfile, newPerson},
}

func needsSecret(p profile.Profile) bool { return p.Grant().NeedsSecret }

func anyProfile(profile.Profile) bool { return true }

// newHolding is what an account with e's profile holds at first: nothing.
func newHolding(e *entry) holding {
	for _, kind := range kinds {
		if kind.fits(e.profile) {
			return kind.make(e)
		}
	}
	panic("no kind fits") // the last one fits all
}
