package client

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"keyfob/internal/access"
	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi"
	"keyfob/internal/secret"
	"keyfob/storage"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(impostorEnv); path != "" {
		impostor(path)
		return
	}
	goleak.VerifyTestMain(m)
}

// keeper has a token for everybody, and nothing else.
type keeper struct{ localapi.Keeper }

func (keeper) Token(context.Context, string, time.Duration) (account.Access, error) {
	return account.Access{Token: secret.New("at-canary"), Type: "Bearer"}, nil
}

func newServer(t testing.TB) *localapi.Server {
	t.Helper()
	dir := t.TempDir()
	guard := access.New(access.Options{
		Policies: storage.NewFiles(filepath.Join(dir, "access"), ".json"), Ledger: filepath.Join(dir, "handouts.json"),
		Changed: func([]account.Request, []string) {}, Log: slog.New(slog.DiscardHandler),
	})
	return localapi.NewServer(localapi.Options{Keeper: keeper{}, Access: guard})
}

// socketPath is in a folder that Listen accepts, and short enough for every system.
func socketPath(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "keyfob")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "agent.sock")
}

func listen(t testing.TB, path string) net.Listener {
	t.Helper()
	l, err := localapi.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func wantCode(t testing.TB, err error, want fault.Code) {
	t.Helper()
	if got := fault.CodeOf(err); got != want {
		t.Errorf("error %v has code %q, want %q", err, got, want)
	}
}
