package ui

import (
	"context"

	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// tryAgain has the provider asked now, as a tool's need would have it. It says so where nothing came of it: the state
// alone would look as if nobody had tried.
func (w *Window) tryAgain(id string) {
	w.asking(id, view.TryAgain)
	r := w.agent
	w.task(func(ctx context.Context) {
		_, err := r.Token(ctx, id, fresh)
		w.do(func() {
			said := words.Line{}
			if a, _ := w.snapshot.Account(id); err != nil && string(fault.CodeOf(err)) == words.Status(a).Code {
				said, err = words.Line{Text: words.T("ui.card.tried"), Tone: words.Quiet}, nil
			}
			w.answered(id, said, err)
		})
	})
}

func (w *Window) copyToken(id string) {
	w.asking(id, view.CopyToken)
	r := w.agent
	w.task(func(ctx context.Context) {
		access, err := r.Token(ctx, id, fresh)
		w.do(func() {
			if err == nil {
				w.copySecretFor(id, access.Token)
			}
			w.answered(id, words.Line{}, err)
		})
	})
}

func (w *Window) retryKeychain(id string) {
	w.ask(id, view.RetryKeychain, func(ctx context.Context, r Agent) error { return r.RetryKeychain(ctx) })
}

// tryCall asks for the profile first: it knows what to call.
func (w *Window) tryCall(id string) {
	w.asking(id, view.TryCall)
	r := w.agent
	w.task(func(ctx context.Context) {
		p, err := r.Profile(ctx, id)
		w.do(func() {
			w.answered(id, words.Line{}, err)
			if err == nil && p.API != nil {
				openCall(&w.base, id, w.nameOf(id), *p.API)
			}
		})
	})
}

// switchGateway opens the gateway of an account, or closes the one that is open.
func (w *Window) switchGateway(id string) {
	a, _ := w.snapshot.Account(id)
	if a.GatewayURL != "" {
		w.ask(id, view.Gateway, func(ctx context.Context, r Agent) error { return r.CloseGateway(ctx, id) })
		return
	}
	w.asking(id, view.Gateway)
	r := w.agent
	w.task(func(ctx context.Context) {
		door, err := r.OpenGateway(ctx, id)
		w.do(func() {
			w.answered(id, words.Line{}, err)
			if err == nil {
				copyKey := func() { w.copySecretFor(id, door.Key) }
				openGateway(w.Frame, opened{account: a, door: door, copyURL: w.copyText, copyKey: copyKey})
			}
		})
	})
}
