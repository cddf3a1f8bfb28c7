package warden

import (
	"context"
	"slices"
	"strconv"
	"time"

	"keyfob/account"
	"keyfob/internal/fault"
)

const (
	answerTime = time.Minute // for a person to answer
	hourGrant  = time.Hour   // of the answer "for an hour"
	noGrant    = time.Minute // a program that was refused is refused again without asking
	maxWaiting = 8           // requests, each with all of its callers
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
	for _, r := range w.waiting {
		if r.key == key {
			return r, nil
		}
	}
	if len(w.waiting) >= maxWaiting {
		return nil, notAllowed(id, who, fault.WhyBusy)
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

func (r *request) wait(ctx context.Context) error {
	select {
	case <-r.answered:
		return r.answer
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close ends a request without an answer. Whatever the reason, the person is left alone for a minute.
func (w *Warden) close(r *request, why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.drop(r.ID) == nil {
		return
	}
	w.grants[r.key] = grant{account.Refused, time.Now().Add(noGrant)}
	w.end(r, notAllowed(r.Account, r.Program, why))
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
	now := time.Now()
	switch {
	case a == account.Refused:
		w.grants[r.key] = grant{a, now.Add(noGrant)}
		w.end(r, notAllowed(r.Account, r.Program, fault.WhyNo))
		return nil
	case a == account.AnHour && r.key.path != "":
		w.grants[r.key] = grant{a, now.Add(hourGrant)}
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

func notAllowed(id string, who account.Program, why string) error {
	return fault.New(fault.NotAllowed, "program", who.Name, "id", id, "why", why)
}
