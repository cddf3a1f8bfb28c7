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
	// Keychain is the command that performs keychain operations: this executable with storage.ChildArg.
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
	keychain    *storage.Keychain
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

func (r *Agent) open(ctx context.Context, c Config) (err error) {
	who := account.Agent{
		Version: version.Version, PID: os.Getpid(), Kind: c.Kind, Started: time.Now().Round(0),
		Log: c.Places.LogFile(), Demo: c.Demo != nil,
	}
	r.holder = holderOf(c.Places, who)
	if r.lock, err = takeLock(ctx, c.Places, r.holder); err != nil {
		return err
	}
	if r.Log, r.logFile, err = diag.Open(who.Log); err != nil { // a full disk, a read-only home: it works without
		r.Log, r.logFile = diag.New(os.Stderr), nil
		r.Log.Warn("no log file", "error", err)
	}
	diag.Adopt(r.Log)
	profiles := storage.NewFiles(c.Places.Profiles(), ".json")
	if _, err = profiles.List(ctx); err != nil { // the Keeper's Run would end for that, while callers wait already
		return err
	}
	if r.socket, err = localapi.OpenSocket(c.Places, r.Log, r.moved); err != nil {
		return err
	}
	r.Hub = hub.New(who)
	r.keychain = storage.NewKeychain(c.Keychain)
	r.Keeper = session.New(session.Options{
		Flow:       oauthflow.New(oauthflow.Options{Log: r.Log}),
		Keychain:   storage.NewSealed(r.keychain, c.Places.Sealed()),
		Memory:     storage.NewMemory(),
		MemoryOnly: c.MemoryOnly,
		Secrets:    c.Secrets,
		Profiles:   profiles,
		Attended:   storage.Interactive,
		Log:        r.Log,
		Changed:    r.Hub.Changed,
	})
	r.Hub.Serve(r.Keeper)
	r.access = access.New(access.Options{
		Policies: storage.NewFiles(c.Places.Access(), ".json"), Ledger: c.Places.Ledger(), Log: r.Log,
		Changed: r.Hub.SetRequests, ShowWindow: c.Window,
	})
	r.gateways = &gateways{keeper: r.Keeper, hub: r.Hub, access: r.access, log: r.Log, open: map[string]openGateway{}}
	options := localapi.Options{
		Keeper: r.Keeper, Hub: r.Hub, Access: r.access, Gateways: r.gateways, Agent: who, Log: r.Log, Stop: r.stop,
		ForgetKeychain: func(ctx context.Context) error { return r.keychain.Clear(storage.Interactive(ctx)) },
	}
	if c.Demo != nil {
		r.demo = &demoHost{keeper: r.Keeper, hub: r.Hub, profiles: profiles, log: r.Log,
			start: func(ctx context.Context) (io.Closer, error) { return c.Demo(ctx, c.Places.Demo(), r.Log) }}
		options.StartDemo = r.demo.Begin
	}
	r.server = localapi.NewServer(options)
	return nil
}

// Run serves until ctx ends or somebody asks it to stop. When it returns, all of its goroutines have ended.
func (r *Agent) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.stopped, cancel)()

	if r.demo != nil {
		r.demo.resume(ctx)
	}
	parts := []func(context.Context) error{
		r.Keeper.Run,
		r.Hub.Run,
		func(ctx context.Context) error { return r.server.Serve(ctx, r.socket) },
		r.access.Run,
		r.gateways.Run,
		r.stayReachable,
	}
	if r.demo != nil {
		parts = append(parts, r.demo.follow)
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
	r.Log.Info("agent ends")
	return ignoreCancel(errors.Join(errs...))
}

// HandedOut writes down that a face in this process had a token.
func (r *Agent) HandedOut(id string, who account.Program, until time.Time) {
	r.access.HandedOut(id, who, until)
}

// Stop asks Run to return.
func (r *Agent) Stop() { r.stop() }

// Close gives back what Open took, the lock last.
func (r *Agent) Close() {
	r.stop()
	if r.socket != nil {
		_ = r.socket.Close() // Serve has closed it; closing twice does no harm
	}
	if r.access != nil {
		r.access.Close()
	}
	if r.keychain != nil {
		r.keychain.Close()
	}
	if r.logFile != nil {
		_ = r.logFile.Close()
	}
	if r.lock != nil {
		_ = r.lock.Release()
	}
}

func ignoreCancel(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
