package access

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/strictjson"
)

const (
	policyVersion = 1
	policyBytes   = 64 << 10
	maxAlways     = 100 // programs that one account is open to
)

// policy is one account's file. An account without a file lets every program in.
type policy struct {
	Version  int      `json:"keyfob_access"`
	AskFirst bool     `json:"ask_first"`
	Always   []string `json:"always,omitempty"`
}

func (p policy) allows(path string) bool { return slices.Contains(p.Always, path) }

// with is p with one program more. The oldest make way.
func (p policy) with(path string) policy {
	if !p.allows(path) {
		p.Always = append(slices.Clone(p.Always), path)
	}
	p.Always = p.Always[max(0, len(p.Always)-maxAlways):]
	return p
}

// readPolicies reads what was switched on. A file that cannot be understood asks first: somebody wanted that, and a
// newer version or a careful hand may have written more than we know.
func (w *Warden) readPolicies() {
	ctx := context.Background()
	names, err := w.o.Policies.List(ctx)
	if err != nil {
		w.o.Log.Warn("who may have tokens cannot be read", "error", err)
	}
	for _, id := range names {
		p, err := w.readPolicy(ctx, id)
		if err != nil {
			w.o.Log.Warn("who may have tokens cannot be read; Keyfob asks first", "account", id, "error", err)
			p = policy{AskFirst: true}
		}
		w.policies[id] = &p
	}
	w.o.Changed(nil, w.askFirst())
}

func (w *Warden) readPolicy(ctx context.Context, id string) (p policy, err error) {
	data, err := w.o.Policies.Load(ctx, id)
	if err != nil {
		return p, err
	}
	if err := strictjson.DecodeKnown(data, policyBytes, &p); err != nil {
		return p, err
	}
	if p.Version != policyVersion {
		return p, errors.New("it is from another version of Keyfob")
	}
	return p, nil
}

// policyOf is who may have tokens of the account. w.mu is held.
func (w *Warden) policyOf(id string) policy {
	if p := w.policies[id]; p != nil {
		return *p
	}
	return policy{}
}

// askFirst are the accounts that ask first, sorted. w.mu is held.
func (w *Warden) askFirst() []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(w.policies)) {
		if w.policies[id].AskFirst {
			ids = append(ids, id)
		}
	}
	return ids
}

// Policy is who may have tokens of the account.
func (w *Warden) Policy(id string) account.Policy {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.policyOf(id)
	return account.Policy{AskFirst: p.AskFirst, Always: slices.Clone(p.Always)}
}

// SetPolicy is a person who switches "ask first" or says which programs are not asked about. What was said for an hour
// ends with it, and whoever waits and would not be asked about any more is let in. The error is fault.DiskTrouble where
// it could not be kept; it holds until the end all the same.
func (w *Warden) SetPolicy(ctx context.Context, id string, p account.Policy) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.change(ctx, id, p)
}

// Tighten is SetPolicy for everybody else. Who wants to let in more programs than there are gets fault.NotAllowed; what
// changes nothing ends nothing, so that nobody can have a person asked again and again.
func (w *Warden) Tighten(ctx context.Context, id string, p account.Policy, who account.Program) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.policyOf(id)
	if now.AskFirst && !p.AskFirst || slices.ContainsFunc(p.Always, func(path string) bool { return !now.allows(path) }) {
		return notAllowed(id, who, fault.WhyWindowOnly)
	}
	kept := slices.DeleteFunc(slices.Clone(now.Always), func(path string) bool { return !slices.Contains(p.Always, path) })
	if now.AskFirst == p.AskFirst && len(kept) == len(now.Always) {
		return nil
	}
	return w.change(ctx, id, account.Policy{AskFirst: p.AskFirst, Always: kept})
}

// change is SetPolicy with w.mu held.
func (w *Warden) change(ctx context.Context, id string, p account.Policy) error {
	w.endGrants(id)
	always := p.Always[max(0, len(p.Always)-maxAlways):]
	err := w.setPolicy(ctx, id, policy{AskFirst: p.AskFirst, Always: slices.Clone(always)})
	w.settle(id)
	w.publish()
	return err
}

// Forget forgets who may have tokens of an account that is no more.
func (w *Warden) Forget(ctx context.Context, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.policies, id)
	w.settle(id)
	w.publish()
	if err := w.o.Policies.Delete(ctx, id); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// settle lets those in that wait for the account and need no answer any more. w.mu is held.
func (w *Warden) settle(id string) {
	for _, r := range slices.Clone(w.waiting) {
		if r.Account == id && w.open(id, r.Program) {
			w.drop(r.ID)
			w.end(r, nil)
		}
	}
}

// endGrants forgets what was said for a while. w.mu is held.
func (w *Warden) endGrants(id string) {
	maps.DeleteFunc(w.grants, func(p pass, _ grant) bool { return p.account == id })
}

// setPolicy keeps p in memory and in its file. w.mu is held.
func (w *Warden) setPolicy(ctx context.Context, id string, p policy) error {
	p.Version = policyVersion
	w.policies[id] = &p
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	return w.o.Policies.Save(ctx, id, append(data, '\n'))
}
