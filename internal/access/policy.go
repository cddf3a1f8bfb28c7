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

// policy is one account's file. An account without a file lets in every program.
type policy struct {
	Version  int      `json:"keyfob_access"`
	AskFirst bool     `json:"ask_first"`
	Always   []string `json:"always,omitempty"`
}

func (p policy) allows(path string) bool { return slices.Contains(p.Always, path) }

// with returns p with one program more. Beyond maxAlways the oldest are left out.
func (p policy) with(path string) policy {
	if !p.allows(path) {
		p.Always = append(slices.Clone(p.Always), path)
	}
	p.Always = p.Always[max(0, len(p.Always)-maxAlways):]
	return p
}

// readPolicies reads all files. An account whose file cannot be understood asks first: somebody has switched that on,
// and a newer version or a person may have written more into it than this version knows.
func (c *Control) readPolicies() {
	ctx := context.Background()
	names, err := c.o.Policies.List(ctx)
	if err != nil {
		c.o.Log.Warn("who may have tokens cannot be read", "error", err)
	}
	for _, id := range names {
		p, err := c.readPolicy(ctx, id)
		if err != nil {
			c.o.Log.Warn("who may have tokens cannot be read; Keyfob asks first", "account", id, "error", err)
			p = policy{AskFirst: true}
		}
		c.policies[id] = &p
	}
	c.o.Changed(nil, c.askFirstLocked())
}

func (c *Control) readPolicy(ctx context.Context, id string) (p policy, err error) {
	data, err := c.o.Policies.Load(ctx, id)
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

// policyLocked returns the policy of an account.
func (c *Control) policyLocked(id string) policy {
	if p := c.policies[id]; p != nil {
		return *p
	}
	return policy{}
}

// askFirstLocked returns the accounts that ask first, sorted.
func (c *Control) askFirstLocked() []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(c.policies)) {
		if c.policies[id].AskFirst {
			ids = append(ids, id)
		}
	}
	return ids
}

// Policy returns who may have tokens of the account.
func (c *Control) Policy(id string) account.Policy {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.policyLocked(id)
	return account.Policy{AskFirst: p.AskFirst, Always: slices.Clone(p.Always)}
}

// SetPolicy sets who may have tokens of the account, as a person decides. Answers for an hour end with it. Programs
// that wait and need no answer any more are let in. The error is fault.DiskTrouble where the policy could not be saved;
// it holds until the agent ends all the same.
func (c *Control) SetPolicy(ctx context.Context, id string, p account.Policy) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changeLocked(ctx, id, p)
}

// Tighten is SetPolicy for programs. A policy that lets in more programs than the present one gives fault.NotAllowed. A
// policy that changes nothing ends no answers: else a program could have the person asked again and again.
func (c *Control) Tighten(ctx context.Context, id string, p account.Policy, who account.Program) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.policyLocked(id)
	isNew := func(path string) bool { return !now.allows(path) }
	if now.AskFirst && !p.AskFirst || slices.ContainsFunc(p.Always, isNew) {
		return notAllowed(id, who, fault.WhyWindowOnly)
	}
	kept := slices.DeleteFunc(slices.Clone(now.Always), func(path string) bool { return !slices.Contains(p.Always, path) })
	if now.AskFirst == p.AskFirst && len(kept) == len(now.Always) {
		return nil
	}
	return c.changeLocked(ctx, id, account.Policy{AskFirst: p.AskFirst, Always: kept})
}

func (c *Control) changeLocked(ctx context.Context, id string, p account.Policy) error {
	maps.DeleteFunc(c.answers, func(s subject, _ timedAnswer) bool { return s.account == id })
	always := p.Always[max(0, len(p.Always)-maxAlways):]
	err := c.saveLocked(ctx, id, policy{AskFirst: p.AskFirst, Always: slices.Clone(always)})
	c.admitWaitingLocked(id)
	c.publishLocked()
	return err
}

// Forget deletes the policy of an account that was removed.
func (c *Control) Forget(ctx context.Context, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.policies, id)
	c.admitWaitingLocked(id)
	c.publishLocked()
	if err := c.o.Policies.Delete(ctx, id); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// admitWaitingLocked lets in the programs that wait for the account and need no answer any more.
func (c *Control) admitWaitingLocked(id string) {
	for _, r := range slices.Clone(c.waiting) {
		if r.Account == id && c.allowedLocked(id, r.Program) {
			c.takeLocked(r.ID)
			c.endLocked(r, nil)
		}
	}
}

// saveLocked keeps p in memory and in its file.
func (c *Control) saveLocked(ctx context.Context, id string, p policy) error {
	p.Version = policyVersion
	c.policies[id] = &p
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fault.New(fault.Internal).Because(err)
	}
	return c.o.Policies.Save(ctx, id, append(data, '\n'))
}
