package session

import (
	"context"
	"errors"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/internal/tasks"
)

// SignIn has a person sign in. open gets the URL for the browser as soon as there is one; opening it is the caller's
// affair, and a browser that does not open does not end the attempt: the URL is in the snapshots too.
//
// Where an attempt is under way the caller joins it, and gets the same URL. ctx bounds only the caller's waiting: the
// attempt goes on until somebody comes back from the browser, Cancel is called, or its time is over.
//
// Nothing that is stored is replaced before all checks have passed. Where nothing can be kept (no usable keychain, and
// nobody chose memory only) the keychain's fault is the answer, and no URL is made. Somebody else than before is
// refused with DifferentPerson, unless another account was asked for.
func (k *Keeper) SignIn(ctx context.Context, id string, another bool, open func(account.Attempt) error) error {
	e, err := k.settled(ctx, id)
	if err != nil {
		return err
	}
	h, ok := e.holdingNow().(signer)
	if !ok {
		return fault.New(fault.BadUsage, "id", id).WithReason(fault.UsageNobodySignsIn)
	}
	return k.orUnknown(id, h.signIn(ctx, another, open))
}

// orUnknown is err, or ProfileUnknown where the account was removed meanwhile.
func (k *Keeper) orUnknown(id string, err error) error {
	if errors.Is(err, errGone) {
		_, err = k.find(id)
	}
	return err
}

// Cancel ends the sign-in under way, if there is one. It returns when the attempt is over, its listener closed, or
// after a second.
func (k *Keeper) Cancel(id string) error {
	e, err := k.find(id)
	if err != nil {
		return err
	}
	e.cancelSignIn()
	return nil
}

// cancelTime is how long an attempt may take to end.
const cancelTime = time.Second

func (e *entry) cancelSignIn() {
	e.core.mu.Lock()
	a := e.attempt
	e.core.mu.Unlock()
	if a == nil {
		return
	}
	a.cancel()
	patience := time.NewTimer(cancelTime)
	defer patience.Stop()
	select {
	case <-a.done:
	case <-patience.C:
	}
}

// SignOut revokes the refresh token, then forgets the session, also where the provider could not be told. The report
// says what was done and until when the last access token lives on: revoking does not end it (RFC 7009 §3, and the
// providers' own words). ctx bounds only the caller's waiting.
func (k *Keeper) SignOut(ctx context.Context, id string) (account.SignOutReport, error) {
	e, err := k.settled(ctx, id)
	if err != nil {
		return account.SignOutReport{}, err
	}
	return tasks.Ask(ctx, k.tasks, func(late context.Context) (account.SignOutReport, error) {
		return e.signOut(late, nil)
	})
}

// signOut ends whatever is under way, then what is held. remove, where there is one, runs while nothing else can begin;
// it leaves nobody behind who could tell the provider later.
func (e *entry) signOut(ctx context.Context, remove func() error) (account.SignOutReport, error) {
	e.cancelSignIn()
	e.countSignOuts(+1)
	defer e.countSignOuts(-1)
	if err := e.writing.Acquire(ctx); err != nil {
		return account.SignOutReport{}, err
	}
	defer e.writing.Release()
	report := e.end(ctx, remove != nil)
	if remove != nil {
		return report, remove()
	}
	return report, nil
}

func (e *entry) countSignOuts(by int) {
	e.core.mu.Lock()
	defer e.core.mu.Unlock()
	e.signOuts += by
	e.core.changed()
}

// end ends what is held, if the keychain tells what that is.
func (e *entry) end(ctx context.Context, removed bool) account.SignOutReport {
	e.readHere(e.core.options.Attended(ctx), e.core.keychain.Load, 1)
	if e.isUnread() {
		return account.SignOutReport{Problem: e.core.keychain.State().Problem}
	}
	return e.holdingNow().end(ctx, removed)
}

// BrowserLogout is the page at which a browser ends its own session at the account's provider, or
// fault.NoBrowserLogout. Nothing is opened here: whoever asked has a browser, and a person in front of it. A sign-out
// does not wait for it, and it can be asked for at any time after.
func (k *Keeper) BrowserLogout(ctx context.Context, id string) (string, error) {
	e, err := k.usable(ctx, id)
	if err != nil {
		return "", err
	}
	h, ok := e.holdingNow().(signer)
	if !ok {
		return "", fault.New(fault.NoBrowserLogout, "host", e.profileNow().Host())
	}
	return h.logoutPage(ctx)
}

// SetSecret gives an account its client's secret. It is tried before it replaces the old one, by one token request, and
// the token is kept; with untried it is believed. Where it is refused, or cannot be tried, the old one stays.
//
// The errors: BadUsage with the reason where the text has something around the secret, or the account is for people;
// SecretRefused or ClientRefused; CapReached; the keychain's fault where nothing could be kept; else what keeps the
// provider from answering.
func (k *Keeper) SetSecret(ctx context.Context, id string, s secret.Text, untried bool) error {
	if err := pasted(s); err != nil {
		return err
	}
	h, err := k.secretHolder(ctx, id)
	if err != nil {
		return err
	}
	return k.orUnknown(id, h.setSecret(ctx, s, untried))
}

// ForgetSecret forgets a client's secret, and the token with it. What was counted stays.
func (k *Keeper) ForgetSecret(ctx context.Context, id string) error {
	h, err := k.secretHolder(ctx, id)
	if err != nil {
		return err
	}
	return k.orUnknown(id, h.forgetSecret(ctx))
}

func (k *Keeper) secretHolder(ctx context.Context, id string) (secretHolder, error) {
	e, err := k.settled(ctx, id)
	if err != nil {
		return nil, err
	}
	if h, ok := e.holdingNow().(secretHolder); ok {
		return h, nil
	}
	return nil, fault.New(fault.BadUsage, "id", id).WithReason(fault.UsageNoSecret)
}

// RetryKeychain looks into the keychain again; the keychain may ask the person to unlock it. Where sessions were kept
// in memory only they move into it. The error is the keychain's fault.
func (k *Keeper) RetryKeychain(ctx context.Context) error {
	if err := k.Known(ctx); err != nil {
		return err
	}
	return k.tasks.Do(ctx, k.reader.retry)
}

// UseMemoryOnly is a person's choice to do without the keychain until Keyfob ends. It is refused where the keychain
// works: what is stored there would grow old, and an old refresh token costs the sign-in.
func (k *Keeper) UseMemoryOnly(ctx context.Context) error {
	if err := k.Known(ctx); err != nil {
		return err
	}
	if err := k.tasks.Wait(ctx, k.keychain.Probed()); err != nil {
		return err
	}
	return k.reader.forgo(ctx)
}
