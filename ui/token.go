package ui

import (
	"context"

	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// tryAgain has the provider asked now, as a tool's need would have it. It says so where nothing came of it: the state
// alone would look as if nobody had tried.
func (d *deeds) tryAgain(id string) {
	d.asking(id, view.TryAgain)
	r := d.agent
	d.task(func(ctx context.Context) {
		_, err := r.Token(ctx, id, fresh)
		d.do(func() {
			said := words.Line{}
			if a, _ := d.snapshot.Account(id); err != nil && string(fault.CodeOf(err)) == words.Status(a).Code {
				said, err = words.Line{Text: words.T("ui.card.tried"), Tone: words.Quiet}, nil
			}
			d.answered(id, said, err)
		})
	})
}

func (d *deeds) copyToken(id string) {
	d.asking(id, view.CopyToken)
	r := d.agent
	d.task(func(ctx context.Context) {
		access, err := r.Token(ctx, id, fresh)
		d.do(func() {
			if err == nil {
				d.copySecretFor(id, access.Token)
			}
			d.answered(id, words.Line{}, err)
		})
	})
}

func (d *deeds) retryKeychain(id string) {
	d.ask(id, view.RetryKeychain, func(ctx context.Context, r Agent) error { return r.RetryKeychain(ctx) })
}

// tryCall asks for the profile first: it knows what to call.
func (d *deeds) tryCall(id string) {
	d.asking(id, view.TryCall)
	r := d.agent
	d.task(func(ctx context.Context) {
		p, err := r.Profile(ctx, id)
		d.do(func() {
			d.answered(id, words.Line{}, err)
			if err == nil && p.API != nil {
				openCall(d.base, id, d.nameOf(id), *p.API)
			}
		})
	})
}

// switchGateway opens the gateway of an account, or closes the one that is open.
func (d *deeds) switchGateway(id string) {
	a, _ := d.snapshot.Account(id)
	if a.GatewayURL != "" {
		d.ask(id, view.Gateway, func(ctx context.Context, r Agent) error { return r.CloseGateway(ctx, id) })
		return
	}
	d.asking(id, view.Gateway)
	r := d.agent
	d.task(func(ctx context.Context) {
		door, err := r.OpenGateway(ctx, id)
		d.do(func() {
			d.answered(id, words.Line{}, err)
			if err == nil {
				copyKey := func() { d.copySecretFor(id, door.Key) }
				openGateway(d.Frame, opened{account: a, door: door, copyURL: d.copyText, copyKey: copyKey})
			}
		})
	})
}
