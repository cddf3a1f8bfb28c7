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

// call serves a request that has one response.
func (s *Server) call(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), callLimit)
		defer cancel()
		if err := h(ctx, w, r); err != nil {
			s.refuse(w, r, err)
		}
	})
}

// command serves a request that changes something and has no body. It calls do with the id in the path, or with ""
// where the path has none, and answers with the result. The log says who asked for what.
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
		return respond(w, result)
	})
}

// note writes into the log which process changes what.
func (s *Server) note(r *http.Request, what, id string) {
	s.Log.Info("asked", "what", what, "profile", id, "pid", callerOf(r.Context()).PID)
}

// nothing is the result of a request that is answered without a body.
type nothing struct{}

// respond sends the result of a request.
func respond(w http.ResponseWriter, v any) error {
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

// write sends a whole response. An error means that the caller is gone, and there is nobody to tell.
func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) //nolint:gosec // it is JSON, for programs
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, said := responseTo(err)
	level := slog.LevelDebug // the Keeper's faults are shown elsewhere, and a script may cause one every second
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
