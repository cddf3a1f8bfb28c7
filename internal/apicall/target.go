package apicall

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/internal/profile"
)

// Target is the address that ref means below the first of a profile's base URLs, judged as it will be sent:
// fault.APIElsewhere where it may not have a token. ref is as for Join.
func Target(p profile.Profile, ref string) (*url.URL, error) {
	bases, err := Bases(p)
	if err != nil {
		return nil, err
	}
	u, err := Join(bases[0], ref)
	if err != nil || !p.Receives(u.String()) {
		return nil, elsewhere(p, ref)
	}
	return u, nil
}

// Bases are the base URLs of a profile's API, without a slash at the end, each once. fault.BadUsage is that it has
// none.
func Bases(p profile.Profile) (bases []string, err error) {
	if p.API == nil || len(p.API.BaseURLs) == 0 {
		return nil, fault.New(fault.BadUsage).WithReason(fault.APINoBase)
	}
	for _, base := range p.API.BaseURLs {
		if base = strings.TrimSuffix(base, "/"); !slices.Contains(bases, base) {
			bases = append(bases, base)
		}
	}
	return bases, nil
}

// Join is a path, with or without a query, below one of Bases. Whether it may have a token is not judged: Do does that.
// The error is that it is no address at all, or has a fragment, which no request has: of an empty one nothing would be
// left to judge.
func Join(base, ref string) (*url.URL, error) {
	if strings.Contains(ref, "#") {
		return nil, errors.New("a fragment")
	}
	return url.Parse(base + "/" + strings.TrimPrefix(ref, "/"))
}

func elsewhere(p profile.Profile, ref string) error {
	const longest = 100
	return fault.New(fault.APIElsewhere, "host", display.Clean(ref, longest), "id", p.ID)
}
