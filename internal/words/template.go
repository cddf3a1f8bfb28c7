package words

import (
	"strings"
	"time"

	"keyfob/internal/fault"
)

// fill puts f's arguments into template. It reads the template once, from left to right, so that an argument that looks
// like a part of a template stays what it is.
func fill(template string, f *fault.Error, now time.Time) string {
	var out strings.Builder
	for template != "" {
		plain, rest, _ := strings.Cut(template, "[")
		part, after, _ := strings.Cut(rest, "]")
		said, _ := replace(plain, f, now)
		out.WriteString(said)
		if said, complete := replace(part, f, now); complete {
			out.WriteString(said)
		}
		template = after
	}
	return finish(out.String())
}

// replace puts f's arguments in the places of their {names}, and tells whether all of them are there.
func replace(s string, f *fault.Error, now time.Time) (string, bool) {
	var out strings.Builder
	complete := true
	for s != "" {
		plain, rest, _ := strings.Cut(s, "{")
		name, after, _ := strings.Cut(rest, "}")
		out.WriteString(plain)
		if name != "" {
			out.WriteString(argument(name, f.Args[name], now))
			complete = complete && f.Args[name] != ""
		}
		s = after
	}
	return out.String(), complete
}

// argument is a value as people say it: the arguments until and again are RFC 3339 times.
func argument(name, value string, now time.Time) string {
	if name == "until" || name == "again" {
		if t, err := time.Parse(time.RFC3339, value); err == nil {
			return Until(t, now)
		}
	}
	return value
}

// finish takes away the second full stop where an argument brought its own.
func finish(s string) string {
	s = strings.TrimSpace(s)
	for strings.HasSuffix(s, "..") && !strings.HasSuffix(s, "...") {
		s = s[:len(s)-1]
	}
	return s
}
