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
			value := argument(name, f, now)
			out.WriteString(value)
			complete = complete && value != ""
		}
		s = after
	}
	return out.String(), complete
}

// argument is a value as people say it. The argument again is an RFC 3339 time.
func argument(name string, f *fault.Error, now time.Time) string {
	switch {
	case name == "until" && !f.Until.IsZero():
		return Until(f.Until, now)
	case name == "again":
		if t, err := time.Parse(time.RFC3339, f.Args[name]); err == nil {
			return Until(t, now)
		}
	}
	return f.Args[name]
}

// finish takes away the second full stop where an argument brought its own.
func finish(s string) string {
	s = strings.TrimSpace(s)
	for strings.HasSuffix(s, "..") && !strings.HasSuffix(s, "...") {
		s = s[:len(s)-1]
	}
	return s
}
