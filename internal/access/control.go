package access

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/storage"
)

// Options are what a Control is made of.
type Options struct {
	Policies *storage.Files // one file per account
	Ledger   string         // path of the ledger's file; its folder must exist when something is written
	// ShowWindow brings a window to the person, who is asked there. Nil where there is no window to bring.
	ShowWindow func() error
	// Changed is told which programs wait and which accounts ask first, after every change, in the order of the changes.
	// It must return soon and must not call back.
	Changed func(waiting []account.Request, askFirst []string)
	Log     *slog.Logger
}

// Control decides which programs may have tokens, and remembers what a person decided. It may be used by many
// goroutines.
type Control struct {
	o      Options
	ledger *ledger

	mu       sync.Mutex
	policies map[string]*policy // by account; an account without a file has none
	answers  map[subject]timedAnswer
	waiting  []*request // the oldest first
	callers  int        // that wait for a person, of all requests
	next     int        // the id of the next request
}

// subject is what a person is asked about: one program and one account.
type subject struct{ account, path string }

// timedAnswer is an answer that holds until a moment.
type timedAnswer struct {
	answer account.Answer
	until  time.Time
}

// New makes a Control, and reads what was decided before.
func New(o Options) *Control {
	c := &Control{o: o, policies: map[string]*policy{}, answers: map[subject]timedAnswer{}}
	c.ledger = openLedger(o.Ledger, o.Log)
	c.readPolicies()
	return c
}

// Run writes the ledger, soon after it has changed, until ctx ends.
func (c *Control) Run(ctx context.Context) error {
	c.ledger.keep(ctx)
	return nil
}

// Close writes what is left of the ledger. It is called when nothing is handed out any more.
func (c *Control) Close() { c.ledger.write() }

// Admit returns nil if the program may have a token of the account. Else it returns fault.NotAllowed, or the context's
// error. Where a person has to be asked, Admit waits for the answer; all calls that wait for the same get the same.
//
// Before a person is asked, Admit calls worth, which returns an error where there is no token to give. Nobody is asked
// then, and Admit returns that error.
func (c *Control) Admit(ctx context.Context, id string, who account.Program, worth func(context.Context) error) error {
	if c.allowed(id, who) {
		return nil
	}
	if err := worth(ctx); err != nil {
		return err
	}
	err := c.askPerson(ctx, id, who)
	if fault.CodeOf(err) == fault.NotAllowed {
		c.ledger.add(account.HandOut{Account: id, Program: who, Refused: true})
	}
	return err
}

// allowed tells whether the program may have a token without a question.
func (c *Control) allowed(id string, who account.Program) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.allowedLocked(id, who)
}

func (c *Control) allowedLocked(id string, who account.Program) bool {
	asks := c.policyLocked(id).AskFirst || who.Stranger
	return !asks || c.approvedLocked(id, who)
}

// approvedLocked tells whether a person has said yes, for always or for an hour that is not over.
func (c *Control) approvedLocked(id string, who account.Program) bool {
	if who.Path == "" {
		return false // it could be any program
	}
	said, there := c.answers[subject{id, who.Path}]
	forNow := there && said.answer == account.AnHour && time.Now().Before(said.until)
	return c.policyLocked(id).allows(who.Path) || forNow
}

// HandedOut writes into the ledger that the program had a token of the account, which is valid until that moment.
func (c *Control) HandedOut(id string, who account.Program, until time.Time) {
	c.ledger.add(account.HandOut{Account: id, Program: who, Until: until})
}

// Ledger returns what was handed out, the latest first: of one account, or of all where id is empty.
func (c *Control) Ledger(id string) []account.HandOut { return c.ledger.list(id) }
