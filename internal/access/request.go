package access

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

const (
	answerTime = time.Minute // for a person to answer
	hourHolds  = time.Hour   // the answer "for an hour"
	noHolds    = time.Minute // "no": until then the program is refused without a question
	maxWaiting = 8           // requests, each with all of its callers
	maxCallers = 128         // of all requests: half of what the agent serves at once, so that a window gets in
)

// request is one program that waits for a person, however many calls of it wait.
type request struct {
	account.Request
	subject  subject
	answered chan struct{} // closed when there is an answer
	answer   error         // what the callers are told; set before answered is closed
	expiry   *time.Timer
}

// askPerson waits for a person's answer about the program. It does not ask if the answer has come by now.
func (c *Control) askPerson(ctx context.Context, id string, who account.Program) error {
	c.mu.Lock()
	if c.allowedLocked(id, who) {
		c.mu.Unlock()
		return nil
	}
	r, err := c.requestLocked(id, who)
	if err == nil {
		c.callers++
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}
	return c.wait(ctx, r)
}

// wait returns when a person has answered, or when the caller's context ends.
func (c *Control) wait(ctx context.Context, r *request) error {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.callers--
	}()
	select {
	case <-r.answered:
		return r.answer
	case <-ctx.Done():
		return ctx.Err()
	}
}

// requestLocked returns the request that asks about the program: the one that waits already, or a new one.
func (c *Control) requestLocked(id string, who account.Program) (*request, error) {
	s := subject{id, who.Path}
	if said, there := c.answers[s]; there && said.answer == account.Refused && time.Now().Before(said.until) {
		return nil, notAllowed(id, who, fault.WhyNo)
	}
	i := slices.IndexFunc(c.waiting, func(r *request) bool { return r.subject == s })
	if c.callers >= maxCallers || i < 0 && len(c.waiting) >= maxWaiting {
		return nil, notAllowed(id, who, fault.WhyBusy)
	}
	if i >= 0 {
		return c.waiting[i].joinedBy(who)
	}
	if c.o.ShowWindow == nil {
		return nil, notAllowed(id, who, fault.WhyNoWindow)
	}
	return c.newRequestLocked(s, who), nil
}

// newRequestLocked puts the question to the person. ShowWindow may start a program, so nobody here waits for it.
func (c *Control) newRequestLocked(s subject, who account.Program) *request {
	now := time.Now()
	c.next++
	r := &request{subject: s, answered: make(chan struct{}), Request: account.Request{
		ID: strconv.Itoa(c.next), Account: s.account, Program: who, Started: now, Expires: now.Add(answerTime),
	}}
	r.expiry = time.AfterFunc(answerTime, func() { c.giveUp(r, fault.WhyUnanswered) })
	c.waiting = append(c.waiting, r)
	c.publishLocked()
	go func() {
		if err := c.o.ShowWindow(); err != nil {
			c.o.Log.Warn("no window to ask in", "account", s.account, "error", err)
			c.giveUp(r, fault.WhyNoWindow)
		}
	}()
	return r
}

// joinedBy returns r if the program is the one that r asks about. A program without a path is known by its process
// alone: what a person says of it must not let in another one, so a second one is refused.
func (r *request) joinedBy(who account.Program) (*request, error) {
	if who.Path == "" && (who.PID == 0 || who.PID != r.Program.PID) {
		return nil, notAllowed(r.Account, who, fault.WhyBusy)
	}
	return r, nil
}

// giveUp ends a request that nobody answered. Whatever the reason, the person is left alone for a minute.
func (c *Control) giveUp(r *request, why fault.Reason) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.takeLocked(r.ID) == nil {
		return
	}
	c.rememberLocked(r.subject, account.Refused, noHolds)
	c.endLocked(r, notAllowed(r.Account, r.Program, why))
}

// Answer tells the program with that request what a person says. A request that is over already is left alone.
// The error is fault.DiskTrouble where "always" could not be saved; it holds until the agent ends all the same.
func (c *Control) Answer(ctx context.Context, request string, a account.Answer) (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.takeLocked(request)
	if r == nil {
		return nil
	}
	switch {
	case a == account.Refused:
		c.rememberLocked(r.subject, a, noHolds)
		c.endLocked(r, notAllowed(r.Account, r.Program, fault.WhyNo))
		return nil
	case a == account.AnHour && r.subject.path != "":
		c.rememberLocked(r.subject, a, hourHolds)
	case a == account.Always && r.subject.path != "":
		err = c.saveLocked(ctx, r.Account, c.policyLocked(r.Account).with(r.subject.path))
	}
	c.endLocked(r, nil)
	return err
}

// rememberLocked keeps an answer for a while, and forgets those that have run out.
func (c *Control) rememberLocked(s subject, a account.Answer, holds time.Duration) {
	now := time.Now()
	maps.DeleteFunc(c.answers, func(_ subject, said timedAnswer) bool { return !now.Before(said.until) })
	c.answers[s] = timedAnswer{a, now.Add(holds)}
}

// takeLocked takes a request out of those that wait. It returns nil where there is no such request any more.
func (c *Control) takeLocked(id string) *request {
	i := slices.IndexFunc(c.waiting, func(r *request) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	r := c.waiting[i]
	c.waiting = slices.Delete(c.waiting, i, i+1)
	return r
}

// endLocked gives the answer to all callers of r.
func (c *Control) endLocked(r *request, answer error) {
	r.expiry.Stop()
	r.answer = answer
	close(r.answered)
	c.publishLocked()
}

// publishLocked tells which programs wait now, and which accounts ask first.
func (c *Control) publishLocked() {
	var waiting []account.Request
	for _, r := range c.waiting {
		waiting = append(waiting, r.Request)
	}
	c.o.Changed(waiting, c.askFirstLocked())
}

func notAllowed(id string, who account.Program, why fault.Reason) error {
	return fault.New(fault.NotAllowed, "program", who.Name, "id", id).WithReason(why)
}
