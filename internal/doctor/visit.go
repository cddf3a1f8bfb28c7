package doctor

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
	"keyfob/oauthflow"
	"keyfob/storage"
)

// visit is the check of one profile and its provider. The visit of this computer has none of the fields below.
type visit struct {
	*doctor
	id      string
	file    []byte
	profile profile.Profile
	problem error         // why the file cannot be used
	seen    chan []*Check // the checks on the way to the provider

	blocked  bool     // a check failed, and the others cannot be done
	at       *url.URL // what Keyfob asks: the issuer, or the token endpoint that the profile names
	host     string   // the same, for display
	proxy    *url.URL // nil for none
	proxyErr error

	contact   contact // what the first response told
	described error   // why what the provider says of itself cannot be used
	fetched   error   // why its keys cannot
	keys      string  // where they are
}

// plan reads the profile files, and does not ask the agent: they are there when none runs.
func (d *doctor) plan(ctx context.Context) (visits []*visit, err error) {
	folder := storage.NewFiles(d.Places.Profiles(), ".json")
	ids, err := folder.List(ctx)
	if err != nil {
		return nil, err
	}
	if one := d.Profile; one != "" {
		if !slices.Contains(ids, one) {
			return nil, fault.New(fault.ProfileUnknown, "id", display.Clean(one, 64), "known", strings.Join(ids, ", "),
				"nearest", display.Nearest(one, ids))
		}
		ids = []string{one}
	}
	for _, id := range ids {
		v := &visit{doctor: d, id: id, seen: make(chan []*Check, 1)}
		if v.file, v.problem = folder.Load(ctx, id); v.problem == nil {
			v.profile, v.problem = profile.Parse(v.file)
		}
		visits = append(visits, v)
	}
	return visits, nil
}

var callback = look{"callback", localTime, (*visit).callback}

// callback reports which callback addresses of the profile are free at this moment. An address at which a sign-in waits
// counts as free.
func (v *visit) callback(ctx context.Context) *Check {
	if !v.profile.Grant().Redirects {
		return found(Skipped, "doctor.callback.nobody")
	}
	var free, busy []string
	for _, uri := range v.profile.Redirects() {
		to := &free
		if oauthflow.Bindable(ctx, uri) != nil && !v.awaited(uri) {
			to = &busy
		}
		*to = append(*to, display.Host(uri))
	}
	taken, left := strings.Join(busy, ", "), strings.Join(free, ", ")
	switch {
	case left == "":
		return failed(fault.New(fault.PortsBusy, "addresses", taken))
	case taken != "":
		return found(Warn, "doctor.callback.some", "taken", taken, "free", left)
	}
	return found(OK, "doctor.callback.ok", "free", left)
}

// awaited tells whether the agent waits for a browser at that address.
func (d *doctor) awaited(uri string) bool {
	if s := d.report.snapshot; s != nil {
		for i := range s.Accounts {
			if a := s.Accounts[i].Attempt; a != nil && a.RedirectURI == uri {
				return true
			}
		}
	}
	return false
}
