package localapi

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"

	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
)

// handler answers a request, or returns why not before it wrote anything.
type handler func(ctx context.Context, w http.ResponseWriter, r *http.Request) error

// call serves what is answered at once.
func (s *Server) call(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), callLimit)
		defer cancel()
		if err := h(ctx, w, r); err != nil {
			s.refuse(w, r, err)
		}
	})
}

// command serves what changes something and needs no body: with the profile that the path names, if it names one. The
// log says who asked for what; the answer is what do gives.
func command[T any](s *Server, what string, do func(ctx context.Context, id string) (T, error)) http.Handler {
	return s.call(func(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
		id, err := profileID(r)
		if err != nil {
			return err
		}
		s.note(r, what, id)
		result, err := do(ctx, id)
		if err != nil {
			return err
		}
		return answer(w, result)
	})
}

// note writes into the log who changes something.
func (s *Server) note(r *http.Request, what, id string) {
	s.Log.Info("asked", "what", what, "profile", id, "pid", callerOf(r.Context()).PID)
}

// nothing is the answer of what has nothing to say.
type nothing struct{}

func answer(w http.ResponseWriter, v any) error {
	if _, none := v.(nothing); none {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	body, err := wire.Encode(v)
	if err != nil {
		return err
	}
	write(w, http.StatusOK, body)
	return nil
}

// write sends a whole answer. A caller that is gone has nobody left to tell.
func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, said := answerTo(err)
	level := slog.LevelDebug // what the Keeper says is on show elsewhere, and a script may ask for it every second
	if said.Code == fault.BadUsage {
		level = slog.LevelInfo
	}
	s.Log.Log(r.Context(), level, "refused", "method", r.Method, "route", r.Pattern, "status", status, "error", said,
		"pid", callerOf(r.Context()).PID)
	body, err := wire.Encode(wire.Error{Error: said})
	if err != nil {
		status, body = http.StatusInternalServerError, nil
	}
	write(w, status, body)
}
