package localapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
)

// stream serves the two requests that are answered with a stream of events. The number of streams is limited. Our own
// windows have a limit of their own, so that programs that watch cannot keep a person's window out. Each event has a
// deadline.
func (s *Server) stream(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		places := s.streams
		if s.fromOurs(r.Context()) {
			places = s.ourStreams
		}
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
		default:
			s.refuse(w, r, refused(http.StatusServiceUnavailable, fault.UsageTooManyWatch))
			return
		}
		_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // each event brings its own
		if err := h(r.Context(), w, r); err != nil {
			s.refuse(w, r, err)
		}
	})
}

// watch sends a snapshot at once and after every change. If several changes happen while a watcher reads slowly, it
// sends the latest. The hub never waits for a watcher.
func (s *Server) watch(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	kind := r.URL.Query().Get("client")
	kinds := []string{wire.ClientWindow, wire.ClientTray, wire.ClientCLI}
	if kind != "" && !slices.Contains(kinds, kind) {
		return badRequest(fault.UsageClient, "known", list(kinds))
	}
	if kind == wire.ClientWindow && s.mayBeWindow(ctx) {
		pid := callerOf(ctx).PID
		s.window.attach(pid)
		defer s.window.detach(pid)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events := newEventWriter(w)
	for snapshot := range s.Hub.Watch(ctx) {
		if err := events.send(wire.EventSnapshot, snapshot); err != nil {
			return nil // the watcher is gone
		}
	}
	return nil
}

// signIn sends the attempt, whose URL the caller opens, and then how it ended. An error before the attempt is an
// ordinary response. The attempt does not end when the caller hangs up.
func (s *Server) signIn(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := profileID(r)
	if err != nil {
		return err
	}
	var asked wire.SignInRequest
	if err := decode(r, &asked); err != nil {
		return err
	}
	s.note(r, "sign-in", id)

	// The Keeper may call open from a goroutine of its own, also after this function has returned. So open only puts the
	// attempt into a channel.
	attempts := make(chan account.Attempt, 1)
	open := func(a account.Attempt) error { //nolint:unparam // the Keeper takes it so
		wire.Latest(attempts, a)
		return nil
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Keeper.SignIn(ctx, id, asked.AnotherAccount, open) }()

	events := newEventWriter(w)
	for {
		select {
		case a := <-attempts:
			_ = events.send(wire.EventAttempt, a) // a caller that hangs up ends ctx, and so SignIn
		case err := <-ended:
			select {
			case a := <-attempts:
				_ = events.send(wire.EventAttempt, a)
			default:
			}
			return events.end(err)
		}
	}
}

// eventWriter writes server-sent events (HTML standard, section 9.2.5). The header goes out with the first.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	began   bool
}

func newEventWriter(w http.ResponseWriter) *eventWriter {
	return &eventWriter{w: w, control: http.NewResponseController(w)}
}

func (e *eventWriter) send(name string, v any) error {
	data, err := wire.Encode(v) // one line, with its line feed
	if err != nil {
		return err
	}
	if !e.began {
		e.began = true
		e.w.Header().Set("Content-Type", "text/event-stream")
	}
	_ = e.control.SetWriteDeadline(time.Now().Add(streamWrite))
	event := make([]byte, 0, len(data)+32)
	event = append(event, "event: "...)
	event = append(event, name...)
	event = append(event, "\ndata: "...)
	event = append(event, data...)
	event = append(event, '\n')
	if _, err := e.w.Write(event); err != nil {
		return err
	}
	return e.control.Flush()
}

// end sends how a sign-in ended. If nothing was sent yet, it returns err, which becomes an ordinary response.
func (e *eventWriter) end(err error) error {
	if err == nil {
		_ = e.send(wire.EventDone, struct{}{})
		return nil
	}
	if !e.began {
		return err
	}
	_, said := responseTo(err)
	_ = e.send(wire.EventFailed, wire.Error{Error: said})
	return nil
}
