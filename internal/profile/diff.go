package profile

import (
	"slices"

	"keyfob/internal/display"
)

// Diff tells in lines for people what would change in where a sign-in happens, as which client, and where tokens may
// be sent. Nothing that matters to trust has changed where it is empty.
func Diff(old, new Profile) []string {
	lines := changed(nil, "issuer", old.Issuer, new.Issuer)
	lines = changed(lines, "client_id", old.ClientID, new.ClientID)
	is := new.endpoints()
	for i, was := range old.endpoints() {
		lines = changed(lines, was.field, was.url, is[i].url)
	}
	before, after := baseURLs(old), baseURLs(new)
	for _, u := range after {
		if !slices.Contains(before, u) {
			lines = append(lines, "tokens may also be sent to "+shown(u))
		}
	}
	for _, u := range before {
		if !slices.Contains(after, u) {
			lines = append(lines, "tokens may no longer be sent to "+shown(u))
		}
	}
	return lines
}

func changed(lines []string, field, old, new string) []string {
	if old == new {
		return lines
	}
	return append(lines, field+": "+shown(old)+" → "+shown(new))
}

// shown is a value as it may be shown: whole, since what differs may stand at the end of a host with many labels.
func shown(s string) string {
	if s == "" {
		return "(none)"
	}
	return display.Clean(s, maxText)
}

func baseURLs(p Profile) []string {
	if p.API == nil {
		return nil
	}
	return p.API.BaseURLs
}
