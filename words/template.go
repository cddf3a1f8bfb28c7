package words

import (
	"regexp"
	"strings"
	"time"

	"keyfob/internal/fault"
)

var (
	placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)
	optional    = regexp.MustCompile(`\[([^\[\]]*)\]`)
)

// timeArgs are arguments that hold an RFC 3339 time; they are said as people say times.
var timeArgs = map[string]bool{"until": true, "again": true}

// fill puts f's arguments into template: first the optional parts without their arguments go, then every placeholder
// is replaced in one pass, so that an argument that looks like a placeholder stays what it is.
func fill(template string, f *fault.Error, now time.Time) string {
	template = optional.ReplaceAllStringFunc(template, func(part string) string {
		for _, m := range placeholder.FindAllStringSubmatch(part, -1) {
			if f.Args[m[1]] == "" {
				return ""
			}
		}
		return part[1 : len(part)-1]
	})
	out := placeholder.ReplaceAllStringFunc(template, func(p string) string {
		name := p[1 : len(p)-1]
		return argument(name, f.Args[name], now)
	})
	return finish(out)
}

func argument(name, value string, now time.Time) string {
	if timeArgs[name] {
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
