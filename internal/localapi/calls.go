package localapi

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
	"keyfob/internal/profile"
)

func (s *Server) version(_ context.Context, w http.ResponseWriter, _ *http.Request) error {
	who := s.Agent
	who.Tray = s.Hub.Snapshot().Agent.Tray // it comes and goes
	return respond(w, who)
}

func (s *Server) status(ctx context.Context, w http.ResponseWriter, _ *http.Request) error {
	now, err := s.snapshot(ctx)
	if err != nil {
		return err
	}
	return respond(w, now)
}

// snapshot returns the present state. It waits until the Keeper knows which accounts there are.
func (s *Server) snapshot(ctx context.Context) (account.Snapshot, error) {
	if err := s.Keeper.Known(ctx); err != nil {
		return account.Snapshot{}, err
	}
	return s.Hub.Snapshot(), nil
}

func (s *Server) profile(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := profileID(r)
	if err != nil {
		return err
	}
	p, err := s.Keeper.Profile(ctx, id)
	if err != nil {
		return err
	}
	data, err := p.Marshal()
	if err != nil {
		return err
	}
	write(w, http.StatusOK, data)
	return nil
}

// importProfile adds a profile, or puts it in the place of another. It may change where an account's tokens go, and the
// name that a person is asked about; so it needs a person's decision where the account asks first.
func (s *Server) importProfile(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	p, err := profile.Parse(data)
	if err != nil {
		return err
	}
	if err := s.mayDecide(ctx, p.ID); err != nil { // also if it was removed: see forget
		return err
	}
	s.note(r, "import", p.ID)
	if err := s.Keeper.Import(ctx, p, r.URL.Query().Get("replace") == "1"); err != nil {
		return err
	}
	s.Gateways.Close(p.ID) // an open one leads to the old API
	return respond(w, nothing{})
}

func (s *Server) remove(ctx context.Context, id string) (account.SignOutReport, error) {
	report, err := s.Keeper.Remove(ctx, id)
	if err == nil {
		s.Gateways.Close(id)
		s.forget(ctx, id)
	}
	return report, err
}

// token hands out an access token.
func (s *Server) token(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := profileID(r)
	if err != nil {
		return err
	}
	var asked wire.TokenRequest
	if err := decode(r, &asked); err != nil {
		return err
	}
	if err := checkToken(asked); err != nil {
		return err
	}
	access, err := s.admitted(ctx, id, asked)
	if err != nil {
		return err
	}
	body, err := wire.TokenOf(access).Encode()
	if err != nil {
		return err
	}
	write(w, http.StatusOK, body)
	return nil
}

// checkToken refuses a request that makes no sense, before a person is asked about it.
func checkToken(t wire.TokenRequest) error {
	if t.MinTTL < 0 || t.MinTTL > wire.Seconds(wire.MaxTTL) {
		return badRequest(fault.UsageMinTTLRange, "most", strconv.FormatInt(wire.Seconds(wire.MaxTTL), 10))
	}
	if _, ok := insteadOf(t); !ok {
		return badRequest(fault.UsageRefusedHash)
	}
	return nil
}

// give asks the Keeper for a token. The request was checked.
func (s *Server) give(ctx context.Context, id string, asked wire.TokenRequest) (account.Access, error) {
	minValid := time.Duration(asked.MinTTL) * time.Second
	if asked.Refused == "" {
		return s.Keeper.Token(ctx, id, minValid)
	}
	refused, _ := insteadOf(asked)
	return s.Keeper.TokenInsteadOf(ctx, id, refused, minValid)
}

// insteadOf returns the SHA-256 of the refused token. It is not ok if the text is no SHA-256; no text is fine.
func insteadOf(t wire.TokenRequest) (hash [sha256.Size]byte, ok bool) {
	if t.Refused == "" {
		return hash, true
	}
	n, err := hex.Decode(hash[:], []byte(t.Refused[:min(len(t.Refused), 2*len(hash))]))
	return hash, err == nil && n == len(hash) && len(t.Refused) == 2*n
}

func (s *Server) cancel(_ context.Context, id string) (nothing, error) {
	return nothing{}, s.Keeper.Cancel(id)
}

// browserLogout returns the page on which a browser ends its own session. The caller opens it. The log does not have
// the address.
func (s *Server) browserLogout(ctx context.Context, id string) (wire.Page, error) {
	page, err := s.Keeper.BrowserLogout(ctx, id)
	return wire.Page{URL: page}, err
}

func (s *Server) demo(ctx context.Context, _ string) (nothing, error) {
	if s.StartDemo == nil {
		return nothing{}, fault.New(fault.DemoNeedsDesktop)
	}
	return nothing{}, s.StartDemo(ctx)
}

func (s *Server) keychain(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	var asked wire.KeychainRequest
	if err := decode(r, &asked); err != nil {
		return err
	}
	do, known := map[string]func(context.Context) error{
		wire.UseMemory: s.Keeper.UseMemoryOnly,
		wire.UseRetry:  s.Keeper.RetryKeychain,
	}[asked.Use]
	if !known {
		return badRequest(fault.UsageKeychainUse, "known", wire.UseMemory+", "+wire.UseRetry)
	}
	s.note(r, "keychain "+asked.Use, "")
	if err := do(ctx); err != nil {
		return err
	}
	return respond(w, nothing{})
}

// forgetKeychain deletes everything of Keyfob's in the keychain. It is the part of a reset that the agent does, because
// nobody else writes to the keychain.
func (s *Server) forgetKeychain(ctx context.Context, _ string) (nothing, error) {
	if s.ForgetKeychain == nil {
		return nothing{}, fault.New(fault.KeychainMissing)
	}
	return nothing{}, s.ForgetKeychain(ctx)
}

func (s *Server) raiseWindow(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	var asked wire.WindowRequest
	if err := decode(r, &asked); err != nil {
		return err
	}
	pid := cmp.Or(callerOf(ctx).PID, asked.PID)
	there, raise := s.window.ask(time.Now(), pid, s.mayBeWindow(ctx))
	if raise {
		s.Hub.Raise()
	}
	return respond(w, wire.Window{Raised: there})
}

// stop answers before it stops the agent, because afterwards nobody can.
func (s *Server) stop(_ context.Context, w http.ResponseWriter, r *http.Request) error {
	s.note(r, "stop", "")
	if err := respond(w, nothing{}); err != nil {
		return err
	}
	_ = http.NewResponseController(w).Flush()
	s.Stop()
	return nil
}
