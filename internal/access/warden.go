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

// Options are what a Warden is made of.
type Options struct {
	Policies *storage.Files // one file per account
	Ledger   string         // path of the ledger's file; its folder must exist when something is written
	// Summon brings a window to a person, who is asked there. Nil where there is none to bring.
	Summon func() error
	// Changed is told who waits and which accounts ask first, after every change, in the order of the changes. It must
	// return soon and not call back.
	Changed func(waiting []account.Request, askFirst []string)
	Log     *slog.Logger
}

// Warden decides and remembers. It may be used by many goroutines.
type Warden struct {
	o Options

	mu       sync.Mutex
	policies map[string]*policy // by account; what was not read yet is missing
	grants   map[pass]grant
	waiting  []*request // the oldest first
	callers  int        // that wait for a person, of all requests
	next     int        // makes the ids of requests
	ledger   *ledger
}

// pass is one program at one account's door.
type pass struct{ account, path string }

// grant is what a person said of a pass that is not for ever.
type grant struct {
	answer account.Answer
	until  time.Time
}

// New makes a Warden, and reads what was said before.
func New(o Options) *Warden {
	w := &Warden{o: o, policies: map[string]*policy{}, grants: map[pass]grant{}}
	w.ledger = openLedger(o.Ledger, o.Log)
	w.readPolicies()
	return w
}

// Run writes the ledger, soon after it has changed, until ctx ends.
func (w *Warden) Run(ctx context.Context) error {
	w.ledger.keep(ctx)
	return nil
}

// Close writes what is left of the ledger, when nobody hands out any more.
func (w *Warden) Close() { w.ledger.write() }

// Admit lets who have a token of the account, or says why not: fault.NotAllowed, or the context's error. It waits while
// a person is asked; the answer, or that there was none, goes to all that wait for the same. Before that worth has the
// say, without a lock: whether there is anything to ask about, and if not the error.
func (w *Warden) Admit(ctx context.Context, id string, who account.Program, worth func(context.Context) error) error {
	if w.lets(id, who) {
		return nil
	}
	if err := worth(ctx); err != nil {
		return err
	}
	err := w.stand(ctx, id, who)
	if fault.CodeOf(err) == fault.NotAllowed {
		w.ledger.add(account.HandOut{Account: id, Program: who, Refused: true})
	}
	return err
}

// lets tells whether nobody has to be asked.
func (w *Warden) lets(id string, who account.Program) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open(id, who)
}

// open is lets with w.mu held.
func (w *Warden) open(id string, who account.Program) bool {
	return !w.policyOf(id).AskFirst || w.allowed(id, who)
}

// allowed tells whether a person has said yes to that already. w.mu is held.
func (w *Warden) allowed(id string, who account.Program) bool {
	if who.Path == "" {
		return false // it could be anybody
	}
	g, said := w.grants[pass{id, who.Path}]
	return w.policyOf(id).allows(who.Path) || said && g.answer == account.AnHour && time.Now().Before(g.until)
}

// HandedOut writes down that who had a token of the account that is valid until then.
func (w *Warden) HandedOut(id string, who account.Program, until time.Time) {
	w.ledger.add(account.HandOut{Account: id, Program: who, Until: until})
}

// Ledger is what was handed out, the latest first; of one account, or of all where id is empty.
func (w *Warden) Ledger(id string) []account.HandOut { return w.ledger.list(id) }
