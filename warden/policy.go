package warden

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"keyfob/account"
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

// SetPolicy switches "ask first" and says which programs are not asked about. What was said for an hour ends with it.
// The error is fault.DiskTrouble where it could not be kept; it holds until the end all the same.
func (w *Warden) SetPolicy(ctx context.Context, id string, p account.Policy) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.endGrants(id)
	err := w.setPolicy(ctx, id, policy{AskFirst: p.AskFirst, Always: slices.Clone(p.Always)})
	w.publish()
	return err
}

// Forget forgets who may have tokens of an account that is no more.
func (w *Warden) Forget(ctx context.Context, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.endGrants(id)
	delete(w.policies, id)
	w.publish()
	if err := w.o.Policies.Delete(ctx, id); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
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
