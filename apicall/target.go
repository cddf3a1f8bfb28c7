package apicall

import (
	"net/url"
	"strings"

	"keyfob/internal/display"
	"keyfob/internal/fault"
	"keyfob/profile"
)

// Target is the address that ref means at a profile's API: a path with or without a query, below the first of its base
// URLs. It is judged as it will be sent: fault.APIElsewhere where it may not have a token.
func Target(p profile.Profile, ref string) (*url.URL, error) {
	if p.API == nil || len(p.API.BaseURLs) == 0 {
		return nil, fault.New(fault.BadUsage, "reason", "the profile names no address of an API (api.base_urls)")
	}
	raw := strings.TrimSuffix(p.API.BaseURLs[0], "/") + "/" + strings.TrimPrefix(ref, "/")
	u, err := url.Parse(raw)
	if err != nil || !p.Receives(raw) {
		const longest = 100
		return nil, fault.New(fault.APIElsewhere, "host", display.Clean(ref, longest), "id", p.ID)
	}
	return u, nil
}
