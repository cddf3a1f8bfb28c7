package ui

import (
	"context"
	"slices"

	"keyfob/internal/account"
	"keyfob/internal/words"
	"keyfob/ui/view"
)

// switchAskFirst switches on at once whether a person is asked, and off once they have said that they mean it.
func (c *controller) switchAskFirst(id string) {
	a, _ := c.snapshot.Account(id)
	if !a.AskFirst {
		c.setAskFirst(id, true)
		return
	}
	confirm(c.Frame, confirmation{
		title: words.T("ui.stop-asking.title"),
		text:  words.T("ui.stop-asking.text", "account", a.Name, "as", words.ActsAs(a)),
		yes:   words.T("ui.stop-asking.yes"), no: words.T("ui.stop-asking.no"),
	}, func() { c.setAskFirst(id, false) })
}

func (c *controller) setAskFirst(id string, on bool) {
	c.ask(id, view.AskFirst, func(ctx context.Context, agent Agent) error {
		return changePolicy(ctx, agent, id, func(p *account.Policy) { p.AskFirst = on })
	})
}

// changePolicy changes one thing in who may have tokens, and leaves the rest as it is.
func changePolicy(ctx context.Context, agent Agent, id string, change func(*account.Policy)) error {
	p, err := agent.Policy(ctx, id)
	if err != nil {
		return err
	}
	change(&p)
	return agent.SetPolicy(ctx, id, p)
}

// showPrograms shows which programs had tokens of an account, and which are let in without asking.
func (c *controller) showPrograms(id string) {
	c.asking(id, view.ShowPrograms)
	agent := c.agent
	c.task(func(ctx context.Context) {
		policy, err := agent.Policy(ctx, id)
		var handed []account.HandOut
		if err == nil {
			handed, err = agent.Log(ctx, id)
		}
		c.do(func() {
			c.answered(id, words.Line{}, err)
			if err == nil {
				forget := func(path string, done func(error)) { c.forgetProgram(id, path, done) }
				openPrograms(c.Frame, programs{c.nameOf(id), policy, handed, forget}, c.o.Now())
			}
		})
	})
}

// forgetProgram has a program be asked about again, and tells done.
func (c *controller) forgetProgram(id, path string, done func(error)) {
	agent := c.agent
	if agent == nil {
		return
	}
	c.task(func(ctx context.Context) {
		err := changePolicy(ctx, agent, id, func(p *account.Policy) {
			p.Always = slices.DeleteFunc(p.Always, func(s string) bool { return s == path })
		})
		c.do(func() { done(err) })
	})
}
