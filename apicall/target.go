package apicall

import (
	"net/url"
	"strings"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/profile"
)

// Target is the address that ref means at a profile's API, judged as it will be sent: fault.APIElsewhere where it may
// not have a token. ref is as for Join.
func Target(p profile.Profile, ref string) (*url.URL, error) {
	u, err := Join(p, ref)
	if err != nil {
		return nil, err
	}
	if !p.Receives(u.String()) {
		return nil, notTheirs(p, ref)
	}
	return u, nil
}

// Join is a path, with or without a query, below the first of an API's base URLs. Whether it may have a token is not
// judged: Do does that. fault.APIElsewhere is what is no address at all.
func Join(p profile.Profile, ref string) (*url.URL, error) {
	if p.API == nil || len(p.API.BaseURLs) == 0 {
		return nil, fault.New(fault.BadUsage, "reason", "the profile names no address of an API (api.base_urls)")
	}
	u, err := url.Parse(strings.TrimSuffix(p.API.BaseURLs[0], "/") + "/" + strings.TrimPrefix(ref, "/"))
	if err != nil {
		return nil, notTheirs(p, ref)
	}
	return u, nil
}

func notTheirs(p profile.Profile, ref string) error {
	const longest = 100
	return fault.New(fault.APIElsewhere, "host", display.Clean(ref, longest), "id", p.ID)
}
