package ui

import (
	"context"

	"keyfob/internal/fault"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// tryAgain has the provider asked now, as a tool's need would have it. It says so where nothing came of it: the state
// alone would look as if nobody had tried.
func (c *controller) tryAgain(id string) {
	c.asking(id, view.TryAgain)
	agent := c.agent
	c.task(func(ctx context.Context) {
		_, err := agent.Token(ctx, id, fresh)
		c.do(func() {
			said := words.Line{}
			if a, _ := c.snapshot.Account(id); err != nil && string(fault.CodeOf(err)) == words.Status(a).Code {
				said, err = words.Line{Text: words.T("ui.card.tried"), Tone: words.Quiet}, nil
			}
			c.answered(id, said, err)
		})
	})
}

func (c *controller) copyToken(id string) {
	c.asking(id, view.CopyToken)
	agent := c.agent
	c.task(func(ctx context.Context) {
		access, err := agent.Token(ctx, id, fresh)
		c.do(func() {
			if err == nil {
				c.copySecretFor(id, access.Token)
			}
			c.answered(id, words.Line{}, err)
		})
	})
}

func (c *controller) retryKeychain(id string) {
	c.ask(id, view.RetryKeychain, func(ctx context.Context, agent Agent) error { return agent.RetryKeychain(ctx) })
}

// tryCall asks for the profile first: it knows what to call.
func (c *controller) tryCall(id string) {
	c.asking(id, view.TryCall)
	agent := c.agent
	c.task(func(ctx context.Context) {
		p, err := agent.Profile(ctx, id)
		c.do(func() {
			c.answered(id, words.Line{}, err)
			if err == nil && p.API != nil {
				openCall(c.base, id, c.nameOf(id), *p.API)
			}
		})
	})
}

// switchGateway opens the gateway of an account, or closes the one that is open.
func (c *controller) switchGateway(id string) {
	a, _ := c.snapshot.Account(id)
	if a.GatewayURL != "" {
		c.ask(id, view.Gateway, func(ctx context.Context, agent Agent) error { return agent.CloseGateway(ctx, id) })
		return
	}
	c.asking(id, view.Gateway)
	agent := c.agent
	c.task(func(ctx context.Context) {
		gateway, err := agent.OpenGateway(ctx, id)
		c.do(func() {
			c.answered(id, words.Line{}, err)
			if err == nil {
				copyKey := func() { c.copySecretFor(id, gateway.Key) }
				openGateway(c.Frame, opened{account: a, gateway: gateway, copyURL: c.copyText, copyKey: copyKey})
			}
		})
	})
}
