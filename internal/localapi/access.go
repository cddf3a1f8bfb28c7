package localapi

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
)

// admitted returns a token if the calling program may have one. For a program that may not, no token is fetched,
// because providers count them. A person is asked only if there is a token to give.
func (s *Server) admitted(ctx context.Context, id string, wanted wire.TokenRequest) (account.Access, error) {
	who := programOfCall(ctx)
	if !s.fromWindow(ctx) { // in the window a person has pressed a button
		worth := func(ctx context.Context) error { return s.Keeper.Available(ctx, id) }
		if err := s.Access.Admit(ctx, id, who, worth); err != nil {
			return account.Access{}, err
		}
	}
	access, err := s.give(ctx, id, wanted)
	if err == nil {
		s.Access.HandedOut(id, who, access.Expiry)
	}
	return access, err
}

// fromWindow tells whether the call comes from a window of Keyfob's own, where a person decides. A caller whose process
// id the system does not tell does not count as one.
func (s *Server) fromWindow(ctx context.Context) bool {
	return s.window.is(callerOf(ctx).PID) && s.fromOurs(ctx)
}

// fromOurs tells whether the calling program is one of Keyfob's that have windows.
func (s *Server) fromOurs(ctx context.Context) bool { return s.window.knows(programOfCall(ctx).Path) }

// mayBeWindow is fromOurs for cases in which no person's decision is at stake: where the system tells no process ids, a
// caller is believed.
func (s *Server) mayBeWindow(ctx context.Context) bool {
	c := connOf(ctx)
	return c == nil || c.caller.Untold() || s.fromOurs(ctx)
}

// mayDecide returns nil if the caller may decide where tokens of the account go. Where the account asks first, only a
// person may, in the window.
func (s *Server) mayDecide(ctx context.Context, id string) error {
	if !s.Access.Policy(id).AskFirst || s.fromWindow(ctx) {
		return nil
	}
	return windowOnly(ctx)
}

func windowOnly(ctx context.Context) error {
	return fault.New(fault.NotAllowed, "program", programOfCall(ctx).Name).WithReason(fault.WhyWindowOnly)
}

func (s *Server) policy(_ context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := s.knownProfile(r)
	if err != nil {
		return err
	}
	return respond(w, s.Access.Policy(id))
}

// setPolicy lets every program make the policy stricter. Only a person, in the window, can make it less strict.
func (s *Server) setPolicy(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	id, err := s.knownProfile(r)
	if err != nil {
		return err
	}
	var asked account.Policy
	if err := decode(r, &asked); err != nil {
		return err
	}
	s.note(r, "access", id)
	was := s.Access.Policy(id)
	if s.fromWindow(ctx) {
		err = s.Access.SetPolicy(ctx, id, asked)
	} else {
		err = s.Access.Tighten(ctx, id, asked, programOfCall(ctx))
	}
	if !was.AskFirst && s.Access.Policy(id).AskFirst { // also if it could not be saved
		s.Gateways.Close(id) // nobody is asked about a program that has the gateway's key
	}
	if err != nil {
		return err
	}
	return respond(w, nothing{})
}

// forget deletes the policy of an account that was removed. An account that asks first keeps its policy: else a program
// could switch that off by removing the account and importing it again.
func (s *Server) forget(ctx context.Context, id string) {
	if s.Access.Policy(id).AskFirst && !s.fromWindow(ctx) {
		return
	}
	if err := s.Access.Forget(ctx, id); err != nil {
		s.Log.Warn("who may have tokens is not forgotten", "profile", id, "error", err)
	}
}

// knownProfile returns the id in the path, if there is an account of that id.
func (s *Server) knownProfile(r *http.Request) (string, error) {
	id, err := profileID(r)
	if err != nil {
		return "", err
	}
	return id, s.known(r.Context(), id)
}

// known returns nil if there is an account of that id, else the fault that says so.
func (s *Server) known(ctx context.Context, id string) error {
	now, err := s.snapshot(ctx)
	if err != nil {
		return err
	}
	if _, there := now.Account(id); !there {
		_, err = s.Keeper.Profile(ctx, id) // the fault names the nearest id
	}
	return err
}

func (s *Server) log(_ context.Context, w http.ResponseWriter, r *http.Request) error {
	return respond(w, wire.Log{HandOuts: s.Access.Ledger(r.URL.Query().Get("profile"))})
}

// answers are what a person can say to a program that waits.
var answers = []account.Answer{account.Once, account.AnHour, account.Always, account.Refused}

// list joins names for a person to read.
func list[T ~string](names []T) string {
	var all []string
	for _, name := range names {
		all = append(all, string(name))
	}
	return strings.Join(all, ", ")
}

// answerRequest takes a person's answer. A request that is over is no error, because two windows may answer at once.
func (s *Server) answerRequest(ctx context.Context, w http.ResponseWriter, r *http.Request) error {
	var asked wire.AnswerRequest
	if err := decode(r, &asked); err != nil {
		return err
	}
	if !slices.Contains(answers, asked.Answer) {
		return badRequest(fault.UsageAnswer, "known", list(answers))
	}
	if !s.fromWindow(ctx) {
		return windowOnly(ctx)
	}
	s.note(r, "answer "+string(asked.Answer), "")
	if err := s.Access.Answer(ctx, r.PathValue("request"), asked.Answer); err != nil {
		return err
	}
	return respond(w, nothing{})
}

// profiles lists the accounts, for tools that only let a person choose one.
func (s *Server) profiles(ctx context.Context, w http.ResponseWriter, _ *http.Request) error {
	now, err := s.snapshot(ctx)
	if err != nil {
		return err
	}
	list := wire.Profiles{Profiles: []wire.ProfileLine{}}
	for _, a := range now.Accounts {
		list.Profiles = append(list.Profiles, wire.ProfileLine{ID: a.ID, Name: a.Name, Issuer: a.Issuer})
	}
	return respond(w, list)
}
