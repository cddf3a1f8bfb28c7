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
	hourGrant  = time.Hour   // of the answer "for an hour"
	noGrant    = time.Minute // a program that was refused is refused again without asking
	maxWaiting = 8           // requests, each with all of its callers
	maxCallers = 128         // of all requests: half of what the agent serves at once, so that a window gets in
)

// request is one program that waits, however many calls of it do.
type request struct {
	account.Request
	key      pass
	answered chan struct{} // closed when there is an answer
	answer   error         // what the callers are told; set before answered is closed
	expiry   *time.Timer
}

// request joins who to those that wait for the same, or asks anew. w.mu is held.
func (w *Warden) request(id string, who account.Program) (*request, error) {
	key := pass{id, who.Path}
	if g, said := w.grants[key]; said && g.answer == account.Refused && time.Now().Before(g.until) {
		return nil, notAllowed(id, who, fault.WhyNo)
	}
	i := slices.IndexFunc(w.waiting, func(r *request) bool { return r.key == key })
	if w.callers >= maxCallers || i < 0 && len(w.waiting) >= maxWaiting {
		return nil, notAllowed(id, who, fault.WhyBusy)
	}
	if i >= 0 {
		return w.waiting[i].joined(who)
	}
	if w.o.Summon == nil {
		return nil, notAllowed(id, who, fault.WhyNoWindow)
	}
	return w.ask(key, who), nil
}

// ask puts the question to the person. Summon may start a program, which nobody here should wait for.
func (w *Warden) ask(key pass, who account.Program) *request {
	now := time.Now()
	w.next++
	r := &request{key: key, answered: make(chan struct{}), Request: account.Request{
		ID: strconv.Itoa(w.next), Account: key.account, Program: who, Started: now, Expires: now.Add(answerTime),
	}}
	r.expiry = time.AfterFunc(answerTime, func() { w.close(r, fault.WhyUnanswered) })
	w.waiting = append(w.waiting, r)
	w.publish()
	go func() {
		if err := w.o.Summon(); err != nil {
			w.o.Log.Warn("no window to ask in", "account", key.account, "error", err)
			w.close(r, fault.WhyNoWindow)
		}
	}()
	return r
}

// joined is r for a program that is the one asked about. Of programs without a path only the very process is: what a
// person says of one they do not know must not let in another, and so the second of them is turned away.
func (r *request) joined(who account.Program) (*request, error) {
	if who.Path == "" && (who.PID == 0 || who.PID != r.Program.PID) {
		return nil, notAllowed(r.Account, who, fault.WhyBusy)
	}
	return r, nil
}

// stand waits for a person's word about who, unless it has come by now.
func (w *Warden) stand(ctx context.Context, id string, who account.Program) error {
	w.mu.Lock()
	if w.open(id, who) {
		w.mu.Unlock()
		return nil
	}
	r, err := w.request(id, who)
	if err == nil {
		w.callers++
	}
	w.mu.Unlock()
	if err != nil {
		return err
	}
	return w.wait(ctx, r)
}

// wait is until a person has answered, or the caller has left.
func (w *Warden) wait(ctx context.Context, r *request) error {
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.callers--
	}()
	select {
	case <-r.answered:
		return r.answer
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close ends a request without an answer. Whatever the reason, the person is left alone for a minute.
func (w *Warden) close(r *request, why fault.Reason) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.drop(r.ID) == nil {
		return
	}
	w.grant(r.key, account.Refused, noGrant)
	w.end(r, notAllowed(r.Account, r.Program, why))
}

// grant remembers what was said for a while, and forgets what has run out. w.mu is held.
func (w *Warden) grant(p pass, a account.Answer, holds time.Duration) {
	now := time.Now()
	maps.DeleteFunc(w.grants, func(_ pass, g grant) bool { return !now.Before(g.until) })
	w.grants[p] = grant{a, now.Add(holds)}
}

// Answer tells the program with that request what a person says. A request that is over already is nobody's any more.
// The error is fault.DiskTrouble where "always" could not be kept; it holds until the end all the same.
func (w *Warden) Answer(ctx context.Context, request string, a account.Answer) (err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.drop(request)
	if r == nil {
		return nil
	}
	switch {
	case a == account.Refused:
		w.grant(r.key, a, noGrant)
		w.end(r, notAllowed(r.Account, r.Program, fault.WhyNo))
		return nil
	case a == account.AnHour && r.key.path != "":
		w.grant(r.key, a, hourGrant)
	case a == account.Always && r.key.path != "":
		err = w.setPolicy(ctx, r.Account, w.policyOf(r.Account).with(r.key.path))
	}
	w.end(r, nil)
	return err
}

// drop takes a request out of the line; nil where it has gone already. w.mu is held.
func (w *Warden) drop(id string) *request {
	i := slices.IndexFunc(w.waiting, func(r *request) bool { return r.ID == id })
	if i < 0 {
		return nil
	}
	r := w.waiting[i]
	w.waiting = slices.Delete(w.waiting, i, i+1)
	return r
}

// end tells everybody who waits for r. w.mu is held.
func (w *Warden) end(r *request, answer error) {
	r.expiry.Stop()
	r.answer = answer
	close(r.answered)
	w.publish()
}

// publish tells the faces who waits. w.mu is held.
func (w *Warden) publish() {
	var waiting []account.Request
	for _, r := range w.waiting {
		waiting = append(waiting, r.Request)
	}
	w.o.Changed(waiting, w.askFirst())
}

func notAllowed(id string, who account.Program, why fault.Reason) error {
	return fault.New(fault.NotAllowed, "program", who.Name, "id", id).WithReason(why)
}
