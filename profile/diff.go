package profile

import (
	"slices"
	"strings"
	"unicode"

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

// shown is a value as it may be shown. A host that is not what it looks like is told beside it.
func shown(s string) string {
	const longest = 120
	if s == "" {
		return "(none)"
	}
	clean := display.Clean(s, longest)
	if strings.ContainsFunc(clean, func(r rune) bool { return r > unicode.MaxASCII }) {
		return clean + " (" + display.Host(s) + ")"
	}
	return clean
}

func baseURLs(p Profile) []string {
	if p.API == nil {
		return nil
	}
	return p.API.BaseURLs
}
