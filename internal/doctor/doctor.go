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

// How long a check may take. Providers are checked side by side, and this computer meanwhile, so that all checks
// together take less than ten seconds.
const (
	providerTime = 9 * time.Second // for all checks of one provider
	lookupTime   = 4 * time.Second // of that, for the name

	keychainTime = 5 * time.Second // enough for a keychain that the system must start first
	localTime    = 2 * time.Second // for each other check of this computer
)

// Options say what to check, and how.
type Options struct {
	Places   storage.Places
	Keychain []string // the command that runs one keychain operation, as the agent has it
	Profile  string   // the id of the profile to check; empty for all

	// LookPath is exec.LookPath. This package finds a program that opens a browser, and cannot start it.
	LookPath func(file string) (string, error)

	// Looking is called with what is checked next, and Found with each check, in the order of the report.
	Looking func(what string)
	Found   func(*Check)
}

// State is the result of a check: a closed set.
type State string

// The states.
const (
	OK      State = "ok"
	Warn    State = "warn"    // it works, or will work, and somebody should have a look
	Fail    State = "fail"    // it does not work
	Skipped State = "skipped" // there was nothing to check; Text says why
)

// Check is one thing that was checked. The names of its fields and states are read by programs, and never change.
type Check struct {
	Name    string     `json:"name"`
	Profile string     `json:"profile,omitempty"` // the id; empty for this computer
	State   State      `json:"state"`
	Text    string     `json:"text"` // in plain words
	Next    string     `json:"next,omitempty"`
	Code    fault.Code `json:"code,omitempty"`
	Detail  string     `json:"detail,omitempty"`
	TookMS  int64      `json:"took_ms"`
}

// Told is what was found, with the code and its technical cause where there are any.
func (c *Check) Told() string {
	return words.T("doctor.told", "text", c.Text, "code", string(c.Code), "detail", c.Detail)
}

// Report has all checks: this computer first, then the profiles in the order of their ids.
type Report struct {
	Version string    `json:"version"`
	OS      string    `json:"os"`
	Arch    string    `json:"arch"`
	At      time.Time `json:"at"`
	Checks  []*Check  `json:"checks"`

	// What a bundle has besides.
	log      string // path of the diagnostic log
	only     string // the id of the profile that was checked; empty for all
	visits   []*visit
	snapshot *account.Snapshot // nil where no agent runs
}

// Problem is the first thing that does not work, as a *fault.Error; nil where everything works.
func (r *Report) Problem() error {
	for _, c := range r.Checks {
		if c.State == Fail {
			return fault.New(c.Code)
		}
	}
	return nil
}

// doctor has what all visits share. What it needs from outside is in its fields, so that a test can replace it.
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

// Run does all checks. The error is that of ctx, or says that there is no profile with the given id.
func Run(ctx context.Context, o Options) (*Report, error) { return newDoctor(o).run(ctx) }

// run checks the providers, which takes longest, and this computer meanwhile. It checks callback ports one profile
// after the other, since many profiles have the same ports.
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

// found adds a check to the report. After ctx has ended the results mean nothing.
func (d *doctor) found(ctx context.Context, c *Check) {
	if ctx.Err() == nil {
		d.report.Checks = append(d.report.Checks, c)
		d.Found(c)
	}
}

// look is one thing to check.
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

// failed is a check that an error ended, in words.
func failed(err error) *Check {
	m := words.Of(err)
	return &Check{State: Fail, Text: m.What, Next: m.Next, Code: fault.Code(m.Code), Detail: m.Detail}
}
