package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/assets"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi"
	"keyfob/internal/localapi/client"
	"keyfob/internal/process"
	"keyfob/internal/version"
	"keyfob/storage"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(holderEnv); path != "" {
		holdLock(path)
		return
	}
	// The log's own sweeper lives as long as the program.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("gopkg.in/natefinch/lumberjack%2ev2.(*Logger).millRun"))
}

// holderEnv makes the test binary an agent that holds that lock and listens nowhere.
const holderEnv = "KEYFOB_TEST_HOLDER"

func holdLock(path string) {
	holder := storage.Holder{PID: os.Getpid(), Started: time.Now(), Process: process.Started(os.Getpid())}
	if os.Getenv(holderEnv+"_OTHER") != "" {
		holder.Process += "0"
	}
	if _, err := storage.Acquire(path, holder); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// places are folders of a test's own, with a path short enough for a socket.
func places(t *testing.T) storage.Places {
	t.Helper()
	dir, err := os.MkdirTemp("", "kf")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return storage.Places{
		Config: filepath.Join(dir, "c"), State: filepath.Join(dir, "s"), Runtime: filepath.Join(dir, "r"),
	}
}

// running is an agent that serves until the test ends, or until it is told to stop.
type running struct {
	*client.Client
	ended chan struct{}
	err   error
}

func start(t *testing.T, c Config) *running {
	t.Helper()
	c.MemoryOnly = true
	r, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	s := &running{Client: client.New(c.Places.Socket()), ended: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer close(s.ended)
		defer r.Close()
		s.err = r.Run(ctx)
	}()
	t.Cleanup(func() {
		s.Close()
		cancel()
		<-s.ended
	})
	return s
}

// until waits for a snapshot that is as wanted.
func (r *running) until(t *testing.T, wanted func(account.Snapshot) bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	snapshots, err := r.Watch(ctx, "cli")
	if err != nil {
		t.Fatal(err)
	}
	for snapshot := range snapshots {
		if wanted(snapshot) {
			return
		}
	}
	t.Fatal("the agent stopped telling before that")
}

func TestServesUntilItIsToldToStop(t *testing.T) {
	p := places(t)
	s := start(t, Config{Kind: account.Headless, Places: p})
	who, err := s.Version(t.Context())
	if err != nil || who.PID != os.Getpid() || who.Kind != account.Headless || who.Log != p.LogFile() || who.Demo {
		t.Fatalf("got %+v, %v", who, err)
	}
	if err := s.StartDemo(t.Context()); fault.CodeOf(err) != fault.DemoNeedsDesktop {
		t.Fatalf("a demo without a desktop: %v", err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if <-s.ended; s.err != nil {
		t.Fatal(s.err)
	}
	if _, held := storage.ReadHolder(p.Lock()); held {
		t.Fatal("the lock is still held")
	}
	log, err := os.ReadFile(p.LogFile())
	if err != nil || !strings.Contains(string(log), `"msg":"agent ends"`) {
		t.Fatalf("the log says %s, %v", log, err)
	}
}

func TestF24OneAgent(t *testing.T) {
	p := places(t)
	s := start(t, Config{Kind: account.Desktop, Places: p})
	for _, kind := range []account.Kind{account.Desktop, account.Headless} {
		if _, err := Open(t.Context(), Config{Kind: kind, Places: p}); fault.CodeOf(err) != fault.AlreadyRunning {
			t.Fatalf("a second one, %s: %v", kind, err)
		}
	}
	if _, err := s.Version(t.Context()); err != nil {
		t.Fatalf("the first one does not serve any more: %v", err)
	}
}

func TestANewerVersionTakesOverFromAnOlder(t *testing.T) {
	defer func(was string) { version.Version = was }(version.Version)
	p := places(t)
	version.Version = "v1.2.0"
	first := start(t, Config{Kind: account.Desktop, Places: p})
	version.Version = "v1.3.0"
	if _, err := Open(t.Context(), Config{Kind: account.Headless, Places: p}); fault.CodeOf(err) != fault.AlreadyRunning {
		t.Fatalf("a headless one took a desktop's place: %v", err)
	}
	second := start(t, Config{Kind: account.Desktop, Places: p})
	if <-first.ended; first.err != nil {
		t.Fatal(first.err)
	}
	if who, err := second.Version(t.Context()); err != nil || who.Version != "v1.3.0" {
		t.Fatalf("%+v, %v", who, err)
	}
	version.Version = "v1.2.9"
	if _, err := Open(t.Context(), Config{Kind: account.Desktop, Places: p}); fault.CodeOf(err) != fault.AlreadyRunning {
		t.Fatalf("an older one took a newer one's place: %v", err)
	}
}

func TestReplaceWaitsUntilTheOtherHasGone(t *testing.T) {
	p := places(t)
	first := start(t, Config{Kind: account.Headless, Places: p})
	if !Replace(t.Context(), p, first.Client) {
		t.Fatal("it did not make way")
	}
	if _, held := p.Holder(); held {
		t.Fatal("it is still there")
	}
	if Replace(t.Context(), p, first.Client) {
		t.Fatal("nobody made way")
	}
}

func TestDesktopTakesOverFromHeadless(t *testing.T) {
	p := places(t)
	first := start(t, Config{Kind: account.Headless, Places: p})
	second := start(t, Config{Kind: account.Desktop, Places: p})
	if <-first.ended; first.err != nil {
		t.Fatal(first.err)
	}
	if who, err := second.Version(t.Context()); err != nil || who.Kind != account.Desktop {
		t.Fatalf("%+v, %v", who, err)
	}
}

// TestF24WhoeverComesBetweenMakesWayToo: a script finds nobody in the moment between two agents, and starts one.
func TestF24WhoeverComesBetweenMakesWayToo(t *testing.T) {
	p := places(t)
	first := start(t, Config{Kind: account.Headless, Places: p})
	between := make(chan error, 1)
	go func() {
		<-first.ended
		r, err := Open(t.Context(), Config{Kind: account.Headless, Places: p, MemoryOnly: true})
		if err == nil {
			err = r.Run(t.Context())
			r.Close()
		}
		between <- err
	}()
	desktop := start(t, Config{Kind: account.Desktop, Places: p})
	if err := <-between; err != nil && fault.CodeOf(err) != fault.AlreadyRunning {
		t.Fatal(err)
	}
	if who, err := desktop.Version(t.Context()); err != nil || who.Kind != account.Desktop {
		t.Fatalf("%+v, %v", who, err)
	}
}

// busy is a Keeper that is asked nothing but what it holds, now and later.
type busy struct {
	localapi.Keeper
	localapi.Hub
	snapshots []account.Snapshot
}

func (b busy) Watch(ctx context.Context) <-chan account.Snapshot {
	c := make(chan account.Snapshot, len(b.snapshots))
	for _, s := range b.snapshots {
		c <- s
	}
	context.AfterFunc(ctx, func() { close(c) })
	return c
}

func TestMakesWayOnlyWhereNothingIsLost(t *testing.T) {
	saved := account.Account{Status: account.SignedIn, Saved: true}
	unsaved := account.Account{Status: account.SignedIn}
	renewing := account.Account{Status: account.Renewing}
	triesAgain := account.Account{Status: account.Offline, Saved: true, InFlight: true}
	fetches := account.Account{Status: account.NeedsSignIn, InFlight: true}
	for name, c := range map[string]struct {
		then []account.Account // one after the other
		want bool
	}{
		"signed out":              {[]account.Account{{Status: account.SignedOut}}, true},
		"saved":                   {[]account.Account{saved}, true},
		"in memory only":          {[]account.Account{{Status: account.Offline}}, false},
		"in the browser":          {[]account.Account{{Status: account.SigningIn}}, false},
		"wants a sign-in":         {[]account.Account{{Status: account.NeedsSignIn}}, true},
		"renews":                  {[]account.Account{renewing, saved}, true},
		"renews, and cannot save": {[]account.Account{renewing, unsaved}, false},
		"renews for long":         {[]account.Account{renewing}, false},
		"tries again":             {[]account.Account{triesAgain, saved}, true},
		"tries again for long":    {[]account.Account{triesAgain}, false},
		"a machine's, for long":   {[]account.Account{fetches}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var k busy
			for _, a := range c.then {
				k.snapshots = append(k.snapshots, account.Snapshot{Accounts: []account.Account{a}})
			}
			got, stopped := asked(t, k)
			if got != c.want || stopped != map[bool]int{true: 1}[c.want] {
				t.Fatalf("made way: %v, told to stop: %d times", got, stopped)
			}
		})
	}
}

// asked has an agent with that Keeper make way, and tells what it said and how often it was told to stop.
func asked(t *testing.T, k busy) (madeWay bool, stopped int) {
	t.Helper()
	p := places(t)
	if _, err := p.Ensure(); err != nil {
		t.Fatal(err)
	}
	l, err := localapi.Listen(p.Socket())
	if err != nil {
		t.Fatal(err)
	}
	stops := make(chan struct{}, 9)
	server := localapi.NewServer(localapi.Options{Keeper: k, Hub: k, Stop: func() { stops <- struct{}{} }})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	client := client.New(p.Socket())
	brief, end := context.WithTimeout(ctx, 200*time.Millisecond) // less than restTime
	madeWay = MakeWay(brief, client)
	end()
	client.Close()
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return madeWay, len(stops)
}

// provider is a demo provider that only counts.
type provider struct{ started, ended chan struct{} }

func newProvider() provider {
	return provider{make(chan struct{}, 9), make(chan struct{}, 9)}
}

func (p provider) start(context.Context, string, *slog.Logger) (io.Closer, error) {
	p.started <- struct{}{}
	return p, nil
}

func (p provider) Close() error {
	p.ended <- struct{}{}
	return nil
}

func TestTheDemoLivesAsLongAsItsAccount(t *testing.T) {
	folders, demo := places(t), newProvider()
	c := Config{Kind: account.Desktop, Places: folders, Demo: demo.start}

	s := start(t, c)
	s.until(t, func(s account.Snapshot) bool { return len(s.Accounts) == 0 })
	for range 2 { // asking twice starts it once
		if err := s.StartDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s.until(t, hasDemo)
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-s.ended
	if len(demo.started) != 1 || len(demo.ended) != 1 {
		t.Fatalf("started %d times, ended %d times", len(demo.started), len(demo.ended))
	}

	s = start(t, c) // it comes back with the agent
	s.until(t, hasDemo)
	if len(demo.started) != 2 {
		t.Fatal("it did not come back")
	}
	if _, err := s.Remove(t.Context(), "demo"); err != nil {
		t.Fatal(err)
	}
	<-demo.ended
	<-demo.ended // it ended with its account, while the agent goes on
	if _, err := s.Version(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestOpenGivesBackWhatItTook(t *testing.T) {
	p := places(t)
	if _, err := p.Ensure(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.Socket(), []byte("in the way"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), Config{Kind: account.Headless, Places: p, MemoryOnly: true})
	if fault.CodeOf(err) != fault.SocketUnsafe {
		t.Fatalf("got %v", err)
	}
	if err := os.Remove(p.Socket()); err != nil {
		t.Fatal(err)
	}
	start(t, Config{Kind: account.Headless, Places: p})
}

// TestOpenListensOnlyOverAFolderThatCanBeRead: otherwise a caller that connects while Run ends would be told that there
// are no accounts.
func TestOpenListensOnlyOverAFolderThatCanBeRead(t *testing.T) {
	p := places(t)
	if err := os.WriteFile(p.Config, []byte("in the way"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Config = filepath.Join(p.Config, "keyfob")
	_, err := Open(t.Context(), Config{Kind: account.Headless, Places: p, MemoryOnly: true})
	if fault.CodeOf(err) != fault.DiskTrouble {
		t.Fatalf("got %v", err)
	}
	if _, err := os.Lstat(p.Socket()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket: %v", err)
	}
}

// TestF27AReadOnlyHomeStillHasAAgent: nothing can be kept on the disk, and tokens work in memory.
func TestF27AReadOnlyHomeStillHasAAgent(t *testing.T) {
	p := places(t)
	p.Config, p.State = "/proc/keyfob/config", "/proc/keyfob/state" // where not even root makes a folder
	s := start(t, Config{Kind: account.Headless, Places: p})
	if _, err := s.Version(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Kind: account.Headless, Places: p}); fault.CodeOf(err) != fault.AlreadyRunning {
		t.Fatalf("a second one: %v", err)
	}
	err := s.Import(t.Context(), assets.DemoProfile(), false)
	if fault.CodeOf(err) != fault.DiskTrouble {
		t.Fatalf("an import that cannot be kept: %v", err)
	}
	s.until(t, func(s account.Snapshot) bool { return len(s.Accounts) == 0 })
}
