package localapi

import (
	"cmp"
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

const idBytes = 64 // of a profile's id

func (s *Server) version(_ context.Context, w http.ResponseWriter, _ *http.Request) error {
	who := s.Agent
	who.Tray = s.Keeper.Snapshot().Agent.Tray // it comes and goes
	return answer(w, who)
}

func (s *Server) status(ctx context.Context, w http.ResponseWriter, _ *http.Request) error {
	now, err := s.snapshot(ctx)
	if err != nil {
		return err
	}
	return answer(w, now)
}

// snapshot is how everything is now, once it is known which accounts there are.
func (s *Server) snapshot(ctx context.Context) (account.Snapshot, error) {
	if err := s.Keeper.Known(ctx); err != nil {
		return account.Snapshot{}, err
	}
	return s.Keeper.Snapshot(), nil
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
	return write(w, data)
}

// importProfile may send an account's tokens elsewhere, or call it what a person would say yes to.
func (s *Server) importProfile(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	data, err := readBody(r, profileBytes)
	if err != nil {
		return err
	}
	p, err := profile.Parse(data)
	if err != nil {
		return err
	}
	if err := s.mayDecide(ctx, p.ID); err != nil { // also where it was removed: see forget
		return err
	}
	s.note(r, "import", p.ID)
	if err := s.Keeper.Import(ctx, p, r.URL.Query().Get("replace") == "1"); err != nil {
		return err
	}
	s.Gateways.Close(p.ID) // it would go on to the old API
	return done(w)
}

func (s *Server) remove(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := profileID(r)
	if err != nil {
		return err
	}
	s.note(r, "remove", id)
	report, err := s.Keeper.Remove(ctx, id)
	if err != nil {
		return err
	}
	s.Gateways.Close(id)
	s.forget(ctx, id)
	return answer(w, report)
}

// token is the path that must be fast: a script may ask before each of its requests.
func (s *Server) token(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := profileID(r)
	if err != nil {
		return err
	}
	asked, err := decodeToken(r)
	if err != nil {
		return err
	}
	if err := asked.check(); err != nil {
		return err
	}
	access, err := s.admitted(ctx, id, asked)
	if err != nil {
		return err
	}
	return writeHandOut(w, handOutOf(access))
}

// check is before a person is asked about what makes no sense.
func (t tokenRequest) check() error {
	if t.MinTTL < 0 || t.MinTTL > seconds(maxTTL) {
		return badRequest("min_ttl must be from 0 to " + strconv.FormatInt(seconds(maxTTL), 10) + " seconds")
	}
	if _, ok := t.instead(); !ok {
		return badRequest("refused must be the SHA-256 of a token, as 64 hexadecimal digits")
	}
	return nil
}

func (s *Server) cancel(_ context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := profileID(r)
	if err != nil {
		return err
	}
	s.note(r, "cancel", id)
	if err := s.Keeper.Cancel(id); err != nil {
		return err
	}
	return done(w)
}

func (s *Server) signOut(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := profileID(r)
	if err != nil {
		return err
	}
	s.note(r, "sign-out", id)
	report, err := s.Keeper.SignOut(ctx, id)
	if err != nil {
		return err
	}
	return answer(w, report)
}

// browserLogout says where a browser ends its own session. The caller opens it; the log says nothing of the address.
func (s *Server) browserLogout(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := profileID(r)
	if err != nil {
		return err
	}
	s.note(r, "browser-logout", id)
	page, err := s.Keeper.BrowserLogout(ctx, id)
	if err != nil {
		return err
	}
	return answer(w, pageAnswer{page})
}

func (s *Server) demo(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	if s.StartDemo == nil {
		return fault.New(fault.DemoNeedsDesktop)
	}
	s.note(r, "demo", "")
	if err := s.StartDemo(ctx); err != nil {
		return err
	}
	return done(w)
}

func (s *Server) keychain(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	var asked keychainRequest
	if err := decodeBody(r, &asked); err != nil {
		return err
	}
	do, known := map[string]func(context.Context) error{
		useMemory: s.Keeper.UseMemoryOnly,
		useRetry:  s.Keeper.RetryKeychain,
	}[asked.Use]
	if !known {
		return badRequest(`use must be "` + useMemory + `" or "` + useRetry + `"`)
	}
	s.note(r, "keychain "+asked.Use, "")
	if err := do(ctx); err != nil {
		return err
	}
	return done(w)
}

// forgetKeychain is the part of a reset that only the agent may do: nobody else writes there.
func (s *Server) forgetKeychain(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	if s.ForgetKeychain == nil {
		return fault.New(fault.KeychainMissing)
	}
	s.note(r, "forget keychain", "")
	if err := s.ForgetKeychain(ctx); err != nil {
		return err
	}
	return done(w)
}

func (s *Server) raiseWindow(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	var asked windowRequest
	if err := decodeBody(r, &asked); err != nil {
		return err
	}
	pid := cmp.Or(callerOf(ctx).PID, asked.PID)
	there, raise := s.window.ask(time.Now(), pid, s.mayBeWindow(ctx))
	if raise {
		s.Keeper.Raise()
	}
	return answer(w, windowAnswer{there})
}

// stop answers first: when the agent has ended nobody can.
func (s *Server) stop(_ context.Context, w http.ResponseWriter, r *http.Request) error {
	s.note(r, "stop", "")
	if err := done(w); err != nil {
		return err
	}
	_ = http.NewResponseController(w).Flush()
	s.Stop()
	return nil
}

// note writes into the log who changes something.
func (s *Server) note(r *http.Request, what, id string) {
	s.Log.Info("asked", "what", what, "profile", id, "pid", callerOf(r.Context()).PID)
}

// profileID is the id in the path. Whether there is such a profile is the Keeper's to say, with the nearest name; what
// cannot be one, and could do harm where it is shown, does not come that far.
func profileID(r *http.Request) (string, error) {
	id := r.PathValue("id")
	odd := func(c rune) bool { return c <= ' ' || c > '~' }
	if len(id) > idBytes || strings.ContainsFunc(id, odd) {
		return "", badRequest("that is not the id of a profile")
	}
	return id, nil
}

func answer(w http.ResponseWriter, v any) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	return write(w, body)
}

// shortAnswer is a length that net/http says by itself, and faster: see http.ResponseWriter.
const shortAnswer = 2 << 10

// write sends a whole answer. A caller that is gone has nobody left to tell.
func write(w http.ResponseWriter, body []byte) error {
	header := w.Header()
	header["Content-Type"] = jsonType
	if len(body) > shortAnswer {
		header["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	_, _ = w.Write(body)
	return nil
}

// buffers are for hand-outs, which are all of a size. What was in one is not kept.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2<<10); return &b }}

func writeHandOut(w http.ResponseWriter, h handOut) error {
	buffer := buffers.Get().(*[]byte)
	defer func() {
		clear((*buffer)[:cap(*buffer)])
		buffers.Put(buffer)
	}()
	body, err := h.encode((*buffer)[:0])
	if err != nil {
		return err
	}
	*buffer = body
	return write(w, body)
}

// done is the answer of what has nothing to say.
func done(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}
