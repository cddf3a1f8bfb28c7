package doctor

import (
	"context"
	"net"
	"runtime"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/version"
	"keyfob/internal/words"
	"keyfob/oauthflow"
	"keyfob/storage"
)

// How long a look may take. Providers are looked at side by side, and this computer meanwhile, so that all of it stays
// below ten seconds.
const (
	providerTime = 9 * time.Second // for all of one provider
	lookupTime   = 4 * time.Second // of it, for its name

	keychainTime = 5 * time.Second // more than a keychain needs that the system has to start first
	localTime    = 2 * time.Second // for everything else on this computer
)

// Options say where to look.
type Options struct {
	Places   storage.Places
	Keychain []string // the command that runs one keychain operation, as the agent has it
	Profile  string   // the id of the one to look at; empty for all

	// LookPath is exec.LookPath: this room finds a browser's opener, and has nothing that could start it.
	LookPath func(file string) (string, error)

	// Looking is told what is being looked at, and Found of each check, in the order of the report.
	Looking func(what string)
	Found   func(*Check)
}

// State is what a look found: a closed set.
type State string

// The states.
const (
	OK      State = "ok"
	Warn    State = "warn"    // it works, or will work; worth a look all the same
	Fail    State = "fail"    // it does not work
	Skipped State = "skipped" // there was nothing to look at; Text says why
)

// Check is one thing that was looked at. The names of its fields and of its States are for programs, and stay.
type Check struct {
	Name    string     `json:"name"`
	Profile string     `json:"profile,omitempty"` // the id; empty where it is about this computer
	State   State      `json:"state"`
	Text    string     `json:"text"` // in plain words
	Next    string     `json:"next,omitempty"`
	Code    fault.Code `json:"code,omitempty"`
	Detail  string     `json:"detail,omitempty"`
	TookMS  int64      `json:"took_ms"`
}

// Cause is the code and what is behind it, in brackets; empty where there is no code.
func (c *Check) Cause() string {
	switch {
	case c.Code == "":
		return ""
	case c.Detail == "":
		return " (" + string(c.Code) + ")"
	}
	return " (" + string(c.Code) + ": " + c.Detail + ")"
}

// Report is all of them: this computer first, then the profiles by their ids.
type Report struct {
	Version string    `json:"version"`
	OS      string    `json:"os"`
	Arch    string    `json:"arch"`
	At      time.Time `json:"at"`
	Checks  []*Check  `json:"checks"`

	// What a bundle holds beside them.
	log      string // path of the diagnostic log
	only     string // the id of the one that it is about; empty for all
	visits   []*visit
	snapshot *account.Snapshot // nil where no agent runs
}

// Problem is the first thing that does not work, as a *fault.Error; nil where all does.
func (r *Report) Problem() error {
	for _, c := range r.Checks {
		if c.State == Fail {
			return fault.New(c.Code)
		}
	}
	return nil
}

// doctor is what all visits have in common. What it uses of the world is in its fields, so that a test can put
// something else there.
type doctor struct {
	Options
	report Report
	flow   *oauthflow.Client
	way    witness

	probe    func(context.Context) error // of the keychain
	lookUp   func(ctx context.Context, host string) ([]net.IPAddr, error)
	trayHost func(context.Context) (bool, error)
}

func newDoctor(o Options) *doctor {
	d := &doctor{
		Options: o,
		report: Report{Version: version.Version, OS: runtime.GOOS, Arch: runtime.GOARCH,
			At: time.Now().UTC().Truncate(time.Second), log: o.Places.LogFile(), only: o.Profile},
		way:      witness{base: oauthflow.NewTransport(), seen: map[string]contact{}},
		probe:    storage.NewKeychain(o.Keychain).Probe,
		lookUp:   net.DefaultResolver.LookupIPAddr,
		trayHost: trayHost,
	}
	d.flow = oauthflow.New(oauthflow.Options{Transport: &d.way})
	return d
}

// Run looks at everything. The error is that of ctx, or says that there is no profile of the wanted id.
func Run(ctx context.Context, o Options) (*Report, error) { return newDoctor(o).run(ctx) }

// run visits the providers, which takes longest, and meanwhile this computer. Callback ports are looked at one profile
// after the other, since many have the same.
func (d *doctor) run(ctx context.Context) (*Report, error) {
	defer d.way.base.CloseIdleConnections()
	visits, err := d.plan(ctx)
	if err != nil {
		return nil, err
	}
	var away sync.WaitGroup
	defer away.Wait()
	for _, v := range visits {
		away.Go(func() { v.seen <- v.provider(ctx) })
	}
	here := &visit{doctor: d}
	for i := range computer {
		d.Looking(computer[i].name)
		d.found(ctx, here.examine(ctx, &computer[i]))
	}
	for _, v := range visits {
		d.Looking(words.T("doctor.looking-at-provider", "id", v.id))
		for _, c := range <-v.seen {
			d.found(ctx, c)
		}
		if v.problem == nil {
			d.found(ctx, v.examine(ctx, &callback))
		}
	}
	d.report.visits = visits
	return &d.report, ctx.Err()
}

// found takes a check into the report. What a visit that is broken off sees is not worth telling.
func (d *doctor) found(ctx context.Context, c *Check) {
	if ctx.Err() == nil {
		d.report.Checks = append(d.report.Checks, c)
		d.Found(c)
	}
}

// look is one thing to look at.
type look struct {
	name  string
	limit time.Duration
	see   func(*visit, context.Context) *Check
}

// examine makes one check.
func (v *visit) examine(ctx context.Context, l *look) *Check {
	ctx, cancel := context.WithTimeout(ctx, l.limit)
	began := time.Now()
	c := l.see(v, ctx)
	cancel()
	c.Name, c.Profile, c.TookMS = l.name, v.id, time.Since(began).Milliseconds()
	return c
}

// found is a check without a fault, with a text of the catalogue.
func found(s State, key string, args ...any) *Check {
	return &Check{State: s, Text: words.T(key, args...)}
}

// failed puts an error into words.
func failed(err error) *Check {
	m := words.Of(err)
	return &Check{State: Fail, Text: m.What, Next: m.Next, Code: fault.Code(m.Code), Detail: m.Detail}
}
