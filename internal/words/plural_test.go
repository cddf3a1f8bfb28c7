package words

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// TestPluralRules compares rules of CLDR, read here, with those of golang.org/x/text.
func TestPluralRules(t *testing.T) {
	names := map[plural.Form]string{
		plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many",
		plural.Other: "other",
	}
	for tag, rules := range map[string]map[string]string{
		"en": {"one": "i = 1 and v = 0"},
		"de": {"one": "i = 1 and v = 0"},
		"fr": {"one": "i = 0,1"},
		"ja": {},
		"pl": {
			"one":  "i = 1 and v = 0",
			"few":  "v = 0 and i % 10 = 2..4 and i % 100 != 12..14",
			"many": "v = 0 and i != 1 and i % 10 = 0..1 or v = 0 and i % 10 = 5..9 or v = 0 and i % 100 = 12..14",
		},
		"ru": {
			"one":  "v = 0 and i % 10 = 1 and i % 100 != 11",
			"few":  "v = 0 and i % 10 = 2..4 and i % 100 != 12..14",
			"many": "v = 0 and i % 10 = 0 or v = 0 and i % 10 = 5..9 or v = 0 and i % 100 = 11..14",
		},
		"ar": {
			"zero": "n = 0", "one": "n = 1", "two": "n = 2", "few": "n % 100 = 3..10", "many": "n % 100 = 11..99",
		},
	} {
		c := &catalogue{raw: map[string]jsontext.Value{}}
		for form, rule := range rules {
			c.raw["plural."+form] = jsontext.Value(`"` + rule + `"`)
		}
		for n := range 1300 {
			want := names[plural.Cardinal.MatchPlural(language.Make(tag), n, 0, 0, 0, 0)]
			if got := c.form(n); got != want {
				t.Errorf("%s, %d: %s, want %s", tag, n, got, want)
			}
		}
	}
}
