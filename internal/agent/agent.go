package agent

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"keyfob/internal/access"
	"keyfob/internal/account"
	"keyfob/internal/diag"
	"keyfob/internal/hub"
	"keyfob/internal/localapi"
	"keyfob/internal/secret"
	"keyfob/internal/session"
	"keyfob/internal/version"
	"keyfob/oauthflow"
	"keyfob/storage"
)

// Config says which agent this is.
type Config struct {
	Kind   account.Kind
	Places storage.Places
	// Keychain is the command that runs one keychain operation: this executable with storage.ChildArg.
	Keychain   []string
	MemoryOnly bool
	// Secrets are those of programs' own accounts, by id: they and their tokens stay in memory.
	Secrets map[string]secret.Text
	// Demo starts the demo provider with its data in a folder; nil where this program has none.
	Demo func(ctx context.Context, dir string, log *slog.Logger) (io.Closer, error)
	// Window opens a window, or brings the one there is to the front; nil where this program has none.
	Window func() error
}

// Agent is the process that serves.
type Agent struct {
	Keeper *session.Keeper
	Hub    *hub.Hub
	Log    *slog.Logger

	lock        *storage.Lock
	holder      storage.Holder // what the lock's note says
	lockTrouble string         // what the log has said of the lock
	logFile     io.Closer
	socket      *localapi.Socket
	access      *access.Control
	gateways    *gateways
	server      *localapi.Server
	demo        *demoHost
	stop        context.CancelFunc
	stopped     context.Context
}

// Open takes the lock and opens everything, in the order in which one needs the other; it serves nobody yet.
// Where another agent runs the error is fault.AlreadyRunning; a headless one makes way for a desktop's.
func Open(ctx context.Context, c Config) (*Agent, error) {
	repaired, err := c.Places.Ensure()
	if err != nil {
		return nil, err
	}
	mended := make(chan error, 1)
	go func() {
		inside, err := c.Places.Mend()
		repaired = append(repaired, inside...)
		mended <- err
	}()
	r := &Agent{}
	r.stopped, r.stop = context.WithCancel(context.WithoutCancel(ctx))
	err = r.open(ctx, c)
	if err = cmp.Or(<-mended, err); err != nil {
		r.Close()
		return nil, err
	}
	r.Log.Info("agent", "kind", c.Kind, "version", version.Version, "pid", os.Getpid())
	for _, what := range repaired {
		r.Log.Warn("permissions repaired", "path", what)
	}
	return r, nil
}

func (a *Agent) open(ctx context.Context, c Config) (err error) {
	who := account.Agent{
		Version: version.Version, PID: os.Getpid(), Kind: c.Kind, Started: time.Now().Round(0),
		Log: c.Places.LogFile(), Demo: c.Demo != nil,
	}
	a.holder = holderOf(c.Places, who)
	if a.lock, err = takeLock(ctx, c.Places, a.holder); err != nil {
		return err
	}
	if a.Log, a.logFile, err = diag.Open(who.Log); err != nil { // a full disk, a read-only home: it works without
		a.Log, a.logFile = diag.New(os.Stderr), nil
		a.Log.Warn("no log file", "error", err)
	}
	diag.Adopt(a.Log)
	profiles := storage.NewFiles(c.Places.Profiles(), ".json")
	if _, err = profiles.List(ctx); err != nil { // the Keeper's Run would end for that, while callers wait already
		return err
	}
	if a.socket, err = localapi.OpenSocket(c.Places, a.Log, a.moved); err != nil {
		return err
	}
	a.Hub = hub.New(who)
	keychain := storage.NewKeychain(c.Keychain)
	a.Keeper = session.New(session.Options{
		Flow:       oauthflow.New(oauthflow.Options{Log: a.Log}),
		Keychain:   storage.NewSealed(keychain, c.Places.Sealed()),
		Memory:     storage.NewMemory(),
		MemoryOnly: c.MemoryOnly,
		Secrets:    c.Secrets,
		Profiles:   profiles,
		Attended:   storage.Interactive,
		Log:        a.Log,
		Changed:    a.Hub.Changed,
	})
	a.Hub.Serve(a.Keeper)
	a.access = access.New(access.Options{
		Policies: storage.NewFiles(c.Places.Access(), ".json"), Ledger: c.Places.Ledger(), Log: a.Log,
		Changed: a.Hub.SetRequests, ShowWindow: c.Window,
	})
	a.gateways = &gateways{keeper: a.Keeper, hub: a.Hub, access: a.access, log: a.Log, open: map[string]openGateway{}}
	options := localapi.Options{
		Keeper: a.Keeper, Hub: a.Hub, Access: a.access, Gateways: a.gateways, Agent: who, Log: a.Log, Stop: a.stop,
		ForgetKeychain: func(ctx context.Context) error { return keychain.Clear(storage.Interactive(ctx)) },
	}
	if c.Demo != nil {
		a.demo = &demoHost{keeper: a.Keeper, hub: a.Hub, profiles: profiles, log: a.Log,
			start: func(ctx context.Context) (io.Closer, error) { return c.Demo(ctx, c.Places.Demo(), a.Log) }}
		options.StartDemo = a.demo.Begin
	}
	a.server = localapi.NewServer(options)
	return nil
}

// Run serves until ctx ends or somebody asks it to stop. When it returns, all of its goroutines have ended.
func (a *Agent) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(a.stopped, cancel)()

	if a.demo != nil {
		a.demo.resume(ctx)
	}
	parts := []func(context.Context) error{
		a.Keeper.Run,
		a.Hub.Run,
		func(ctx context.Context) error { return a.server.Serve(ctx, a.socket) },
		a.access.Run,
		a.gateways.Run,
		a.stayReachable,
	}
	if a.demo != nil {
		parts = append(parts, a.demo.follow)
	}
	done := make(chan error, len(parts))
	for _, part := range parts {
		go func() { done <- part(ctx) }()
	}
	var errs []error
	for range parts {
		errs = append(errs, <-done)
		cancel() // one part that ends takes the others along
	}
	a.Log.Info("agent ends")
	return ignoreCancel(errors.Join(errs...))
}

// HandedOut writes down that the tray in this process had a token.
func (a *Agent) HandedOut(id string, who account.Program, until time.Time) {
	a.access.HandedOut(id, who, until)
}

// Stop asks Run to return.
func (a *Agent) Stop() { a.stop() }

// Close gives back what Open took, the lock last.
func (a *Agent) Close() {
	a.stop()
	if a.socket != nil {
		_ = a.socket.Close() // Serve has closed it; closing twice does no harm
	}
	if a.access != nil {
		a.access.Close()
	}
	if a.logFile != nil {
		_ = a.logFile.Close()
	}
	if a.lock != nil {
		_ = a.lock.Release()
	}
}

func ignoreCancel(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
