package session

import (
	"context"
	"time"

	"keyfob/internal/fault"
)

// logoutDeadline bounds how long a provider may take to say where a browser signs out. Mostly it has said so before.
const logoutDeadline = 15 * time.Second

// BrowserLogout is the page at which a browser ends its own session at the account's provider, or
// fault.NoBrowserLogout. Nothing is opened here: whoever asked has a browser, and a person in front of it. A sign-out
// does not wait for it, and it can be asked for at any time after.
func (k *Keeper) BrowserLogout(ctx context.Context, id string) (string, error) {
	p, err := k.Profile(ctx, id)
	if err != nil {
		return "", err
	}
	if p.Machine() {
		return "", fault.New(fault.NoBrowserLogout, "host", p.Host())
	}
	ctx, cancel := context.WithTimeout(ctx, logoutDeadline)
	defer cancel()
	return k.options.Flow.LogoutURL(ctx, p)
}
