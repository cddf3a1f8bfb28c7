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

// admitted is a token for whoever may have one. For who may not, or not yet, none is asked for: a provider counts them.
// A person is asked only where there is something to give.
func (s *Server) admitted(ctx context.Context, id string, wanted wire.TokenRequest) (account.Access, error) {
	who := programOfCall(ctx)
	if !s.fromWindow(ctx) { // whose button a person has pressed
		worth := func(ctx context.Context) error { return s.Keeper.Available(ctx, id) }
		if err := s.Warden.Admit(ctx, id, who, worth); err != nil {
			return account.Access{}, err
		}
	}
	access, err := s.give(ctx, id, wanted)
	if err == nil {
		s.Warden.HandedOut(id, who, access.Expiry)
	}
	return access, err
}

// fromWindow tells whether the call comes from a window of Keyfob's own, where a person decides. A caller of whom the
// system does not tell which process it is, because it is in a container around ours for one, is none.
func (s *Server) fromWindow(ctx context.Context) bool {
	return s.window.is(callerOf(ctx).PID) && s.fromOurs(ctx)
}

// fromOurs tells whether the calling program is one that makes windows of ours.
func (s *Server) fromOurs(ctx context.Context) bool { return s.window.knows(programOfCall(ctx).Path) }

// mayBeWindow is fromOurs where no person's word is at stake: whoever the system does not tell of is believed.
func (s *Server) mayBeWindow(ctx context.Context) bool {
	return callerOf(ctx).PID == 0 || s.fromOurs(ctx)
}

// mayDecide tells why the caller may not say where tokens of the account go: where it asks first that is for a person,
// in the window.
func (s *Server) mayDecide(ctx context.Context, id string) error {
	if !s.Warden.Policy(id).AskFirst || s.fromWindow(ctx) {
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
	return answer(w, s.Warden.Policy(id))
}

// setPolicy lets everybody make it stricter, and only a person in the window make it less so.
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
	was := s.Warden.Policy(id)
	if s.fromWindow(ctx) {
		err = s.Warden.SetPolicy(ctx, id, asked)
	} else {
		err = s.Warden.Tighten(ctx, id, asked, programOfCall(ctx))
	}
	if !was.AskFirst && s.Warden.Policy(id).AskFirst { // also where that could not be kept
		s.Gateways.Close(id) // whoever holds its key would not be asked about
	}
	if err != nil {
		return err
	}
	return answer(w, nothing{})
}

// forget forgets who may have tokens of an account that was removed. Where it asks first that stays: else whoever
// removes an account and imports it again would have switched it off.
func (s *Server) forget(ctx context.Context, id string) {
	if s.Warden.Policy(id).AskFirst && !s.fromWindow(ctx) {
		return
	}
	if err := s.Warden.Forget(ctx, id); err != nil {
		s.Log.Warn("who may have tokens is not forgotten", "profile", id, "error", err)
	}
}

// knownProfile is the id in the path, of an account that there is.
func (s *Server) knownProfile(r *http.Request) (string, error) {
	id, err := profileID(r)
	if err != nil {
		return "", err
	}
	return id, s.known(r.Context(), id)
}

// known is why there is no account of that id; nil where there is one.
func (s *Server) known(ctx context.Context, id string) error {
	now, err := s.snapshot(ctx)
	if err != nil {
		return err
	}
	if _, there := now.Account(id); !there {
		_, err = s.Keeper.Profile(ctx, id) // says so, with the nearest
	}
	return err
}

func (s *Server) log(_ context.Context, w http.ResponseWriter, r *http.Request) error {
	return answer(w, wire.Log{HandOuts: s.Warden.Ledger(r.URL.Query().Get("profile"))})
}

// answers are what a person can say to a program that waits.
var answers = []account.Answer{account.Once, account.AnHour, account.Always, account.Refused}

// list is names as a person reads them.
func list[T ~string](names []T) string {
	var all []string
	for _, name := range names {
		all = append(all, string(name))
	}
	return strings.Join(all, ", ")
}

// answerRequest is a person's answer. A request that is over is no error: two windows may answer at once.
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
	if err := s.Warden.Answer(ctx, r.PathValue("request"), asked.Answer); err != nil {
		return err
	}
	return answer(w, nothing{})
}

// profiles lists the accounts, for those who want no more than to choose one.
func (s *Server) profiles(ctx context.Context, w http.ResponseWriter, _ *http.Request) error {
	now, err := s.snapshot(ctx)
	if err != nil {
		return err
	}
	list := wire.Profiles{Profiles: []wire.ProfileLine{}}
	for _, a := range now.Accounts {
		list.Profiles = append(list.Profiles, wire.ProfileLine{ID: a.ID, Name: a.Name, Issuer: a.Issuer})
	}
	return answer(w, list)
}
