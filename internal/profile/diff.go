package profile

import (
	"slices"

	"keyfob/internal/display"
	"keyfob/internal/fault"
)

// Diff tells what would change in where a sign-in happens, as which client, and where tokens may be sent. Nothing that
// matters to trust has changed where it is empty.
func Diff(old, new Profile) []fault.Finding {
	all := changed(nil, "issuer", old.Issuer, new.Issuer)
	all = changed(all, "client_id", old.ClientID, new.ClientID)
	is := new.endpoints()
	for i, was := range old.endpoints() {
		all = changed(all, was.field, was.url, is[i].url)
	}
	before, after := baseURLs(old), baseURLs(new)
	for _, u := range after {
		if !slices.Contains(before, u) {
			all = append(all, fault.Find("api.base_urls", fault.ProfileMayReceive, "url", shown(u)))
		}
	}
	for _, u := range before {
		if !slices.Contains(after, u) {
			all = append(all, fault.Find("api.base_urls", fault.ProfileNoLongerReceives, "url", shown(u)))
		}
	}
	return all
}

func changed(all []fault.Finding, field, old, new string) []fault.Finding {
	if old == new {
		return all
	}
	return append(all, fault.Find(field, fault.ProfileChangedTo, "was", shown(old), "is", shown(new)))
}

// shown is a value as it may be shown: whole, since what differs may stand at the end of a host with many labels.
func shown(s string) string { return display.Clean(s, maxText) }

func baseURLs(p Profile) []string {
	if p.API == nil {
		return nil
	}
	return p.API.BaseURLs
}
