package agent

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/localapi/wire"
	"keyfob/internal/process"
	"keyfob/internal/ratelimit"
	"keyfob/internal/version"
	"keyfob/storage"
)

const (
	// restTime bounds how long another agent's renewals are waited for, and handoverTime how long it may then take to
	// make way.
	restTime, handoverTime = 10 * time.Second, 10 * time.Second

	// endTime is how long an agent may take to end when it was told to.
	endTime = 15 * time.Second

	lookAgain = 20 * time.Millisecond // flock has no wake-up that ends with a context
)

// Outranks tells whether an agent of that kind and of this program's version should take the place of who: a
// desktop's has the tray, and a newer one has mended what an older one does wrong. A headless one never takes the
// place of a desktop's.
func Outranks(kind account.Kind, who account.Agent) bool {
	switch {
	case kind == account.Desktop && who.Kind == account.Headless:
		return true
	case kind == account.Headless && who.Kind == account.Desktop:
		return false
	}
	return version.NewerThan(who.Version)
}

// holderOf is what the lock's note says of this agent.
func holderOf(places storage.Places, me account.Agent) storage.Holder {
	return storage.Holder{
		PID: me.PID, Kind: string(me.Kind), Version: me.Version, Socket: places.Socket(), Started: me.Started,
		Process: process.Started(me.PID),
	}
}

// takeLock becomes the one agent. Whoever is outranked is asked to make way, also one that somebody started in the
// moment in which there was none; one that would lose sign-ins is left alone.
func takeLock(ctx context.Context, places storage.Places, me storage.Holder) (*storage.Lock, error) {
	ctx, cancel := context.WithTimeout(ctx, restTime+handoverTime)
	defer cancel()
	var agreed time.Time // when the one was started that has agreed to make way
	for {
		lock, err := places.Acquire(me)
		var held *storage.Held
		if err == nil || !errors.As(err, &held) {
			return lock, err
		}
		since := held.Holder.Started // zero for one that has no note yet, or no longer
		if agreed.IsZero() || !since.IsZero() && !since.Equal(agreed) {
			switch asked := succeed(ctx, account.Kind(me.Kind), held.Holder); {
			case asked == nil:
				agreed = since
			case errors.Is(asked, errStays):
				return nil, err
			}
		}
		if ratelimit.Sleep(ctx, lookAgain) != nil {
			return nil, err
		}
	}
}

// succeed has an agent that a new one of that kind outranks agree to make way.
func succeed(ctx context.Context, kind account.Kind, there storage.Holder) error {
	if !Outranks(kind, account.Agent{Kind: account.Kind(there.Kind), Version: there.Version}) {
		return errStays
	}
	client := client.New(there.Socket)
	defer client.Close()
	return makeWay(ctx, client)
}

// Replace has the agent behind client make way, and waits until it has gone: whoever looks for an agent then finds
// none, or its successor. It tells whether it went.
func Replace(ctx context.Context, places storage.Places, client *client.Client) bool {
	was, held := places.Holder()
	if !held || !MakeWay(ctx, client) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, handoverTime)
	defer cancel()
	for {
		if now, held := places.Holder(); !held || now.PID != 0 && now.PID != was.PID {
			return true
		}
		if ratelimit.Sleep(ctx, lookAgain) != nil {
			return false
		}
	}
}

// MakeWay asks the agent behind client to end, if nothing is lost by it: no sign-in is under way, and none lives in
// its memory only. A renewal under way is waited for, for a while: the provider may have spent the old refresh token,
// and an agent that ends does not wait for the answer as long as a provider may take. MakeWay tells whether the
// agent agreed.
func MakeWay(ctx context.Context, client *client.Client) bool { return makeWay(ctx, client) == nil }

// errStays is an agent that shall stay. Any other error of makeWay says that nobody answered: it comes or goes.
var errStays = errors.New("it stays")

func makeWay(ctx context.Context, client *client.Client) error {
	wait, cancel := context.WithTimeout(ctx, restTime)
	defer cancel()
	snapshots, err := client.Watch(wait, wire.ClientCLI)
	if err != nil {
		return err
	}
	for s := range snapshots {
		switch {
		case slices.ContainsFunc(s.Accounts, wouldBeLost):
			return errStays
		case !slices.ContainsFunc(s.Accounts, renewing):
			return client.Stop(ctx)
		}
	}
	if wait.Err() != nil {
		return errStays
	}
	return fault.New(fault.NoAgent)
}

// renewing accounts have a request under way, and hold what is not saved yet. The status alone does not tell: one that
// could not be renewed a moment ago shows why while it is tried again. Older agents tell by the status only.
func renewing(a account.Account) bool { return a.InFlight || a.Status == account.Renewing }

func wouldBeLost(a account.Account) bool {
	return a.Status == account.SigningIn || a.Status.HasSession() && !a.Saved && !renewing(a)
}

// EndHolder ends the agent that holds the lock and that nobody can ask to stop, and waits until the lock is free. A
// signal goes to the very process that has taken the lock, and to no other that has its id by now: else the error is
// fault.AgentFailed with the reason AgentNotOurs.
func EndHolder(ctx context.Context, places storage.Places) error {
	holder, held := places.Holder()
	if !held {
		return nil
	}
	pid := strconv.Itoa(holder.PID)
	switch err := process.End(holder.PID, holder.Process); {
	case errors.Is(err, process.ErrOther):
		return fault.New(fault.AgentFailed, "pid", pid).WithReason(fault.AgentNotOurs).Because(err)
	case err != nil:
		return fault.New(fault.AgentFailed, "pid", pid).WithReason(fault.AgentStays).Because(err)
	}
	if !freed(ctx, places) {
		return fault.New(fault.AgentFailed, "pid", pid).WithReason(fault.AgentStays)
	}
	return nil
}

// Ended waits until nobody holds the lock, for as long as an agent may take to end. The error is fault.AgentFailed with
// the reason AgentStays.
func Ended(ctx context.Context, places storage.Places) error {
	if freed(ctx, places) {
		return nil
	}
	return fault.New(fault.AgentFailed).WithReason(fault.AgentStays)
}

func freed(ctx context.Context, places storage.Places) bool {
	ctx, cancel := context.WithTimeout(ctx, endTime)
	defer cancel()
	for {
		if _, held := places.Holder(); !held {
			return true
		}
		if ratelimit.Sleep(ctx, lookAgain) != nil {
			return false
		}
	}
}
