package words

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/words/wordstest"
)

// The grammar of templates, as patterns.
var (
	placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)
	optional    = regexp.MustCompile(`\[([^\[\]]*)\]`)
)

// byPatterns is what fill does, said with patterns.
func byPatterns(template string, f *fault.Error, now time.Time) string {
	template = optional.ReplaceAllStringFunc(template, func(part string) string {
		for _, m := range placeholder.FindAllStringSubmatch(part, -1) {
			if argument(m[1], f, now) == "" {
				return ""
			}
		}
		return part[1 : len(part)-1]
	})
	return finish(placeholder.ReplaceAllStringFunc(template, func(p string) string {
		name := p[1 : len(p)-1]
		return argument(name, f, now)
	}))
}

func TestFillingIsAsThePatternsSay(t *testing.T) {
	now := time.Date(2030, 1, 1, 9, 0, 0, 0, time.UTC)
	templates := []string{"", "plain", "{a}", "[{a}]", "{a}{b}", "[{a}{b}] {a}", "x[ y]", "x[ {a} y {b}] z[{c}].",
		"[{a}][{b}]."}
	args := [][]string{
		nil, {"a", "1"}, {"a", "1", "b", "2"}, {"a", "{b}", "b", "[{a}]"}, {"a", ""}, {"a", "]", "b", "{", "c", "x."},
		{"c", "..."},
	}
	for _, template := range templates {
		for _, a := range args {
			same(t, template, fault.New("any", a...), now)
		}
	}
	for _, f := range wordstest.Faults(t) {
		for _, template := range []string{sentenceOf(f).what, sentenceOf(f).next, meanwhile(f.Code)} {
			same(t, template, f, now)
			rest := placeholder.ReplaceAllString(optional.ReplaceAllString(template, "$1"), "")
			if strings.ContainsAny(rest, "{}[]") {
				t.Errorf("%s: the template is not well formed: %q", f.Code, template)
			}
		}
	}
}

func same(t *testing.T, template string, f *fault.Error, now time.Time) {
	t.Helper()
	if got, want := fill(template, f, now), byPatterns(template, f, now); got != want {
		t.Errorf("%q with %v: %q, want %q", template, f.Args, got, want)
	}
}
