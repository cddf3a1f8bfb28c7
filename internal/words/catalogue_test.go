package words

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// places are the names in {{.a text}}.
var places = regexp.MustCompile(`\{\{\.([a-zA-Z_]+)\}\}`)

func sample() *catalogue {
	c := &catalogue{name: "en", raw: map[string]jsontext.Value{
		"sample":       jsontext.Value(`"A sample"`),
		"sample+who":   jsontext.Value(`"A sample of {{.who}}"`),
		"sample+a+who": jsontext.Value(`"{{.a}} of {{.who}}"`),
		"only+who":     jsontext.Value(`"Only {{.who}}"`),
		"plural.one":   jsontext.Value(`"i = 1"`),
		"tokens":       jsontext.Value(`{"one": "{{.n}} token", "other": "{{.n}} tokens"}`),
	}}
	c.findVariants()
	return c
}

func TestTextsOfACatalogue(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		want, key string
		args      []any
	}{
		{"A sample", "sample", nil},
		{"A sample", "sample", []any{"who", ""}},
		{"A sample of {{.who}}", "sample", []any{"who", "{{.who}}"}},
		{"5 minutes of tomorrow, 09:00", "sample", []any{"a", 5 * time.Minute, "who", now.Add(24 * time.Hour)}},
		{"A sample of 1,234", "sample", []any{"a", time.Time{}, "who", int64(1234)}},
		{"Only Jane", "only", []any{"who", "Jane"}},
		{"", "only", nil},
		{"", "unknown", nil},
		{"1 token", "tokens", []any{"n", 1}},
		{"12,000 tokens", "tokens", []any{"n", 12000}},
	} {
		if got, ok := sample().find(tt.key, valuesOf(tt.args, now)); got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s %v: %q, want %q", tt.key, tt.args, got, tt.want)
		}
	}
}

// TestFilesAreWellFormed: as translators' tools and merges want them.
func TestFilesAreWellFormed(t *testing.T) {
	files, err := fs.Glob(catalogues, "catalogue/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		data, err := catalogues.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]any
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(path, err)
		}
		var sorted bytes.Buffer
		e := json.NewEncoder(&sorted)
		e.SetIndent("", "  ")
		e.SetEscapeHTML(false)
		if err := e.Encode(all); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, sorted.Bytes()) {
			t.Errorf("%s: its keys must be in order, once each, with two spaces before them", path)
		}
	}
}

// TestTheFormIsThatOfGoI18n reads every file with the library whose form it is, and compares what both make of it.
func TestTheFormIsThatOfGoI18n(t *testing.T) {
	files, _ := fs.Glob(catalogues, "catalogue/*.json")
	for _, path := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(path, "catalogue/"), ".json")
		tag := language.MustParse(name)
		bundle := i18n.NewBundle(tag)
		bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
		if _, err := bundle.LoadMessageFileFS(catalogues, path); err != nil {
			t.Fatal(err)
		}
		theirs := i18n.NewLocalizer(bundle, name)
		ours := read(name)
		for key := range ours.raw {
			m := ours.entry(key)
			for _, n := range []int{0, 1, 2, 5, 11, 21, 1000} {
				data, v := map[string]any{}, values{texts: map[string]string{}, n: n}
				for _, text := range m {
					for _, place := range places.FindAllStringSubmatch(text, -1) {
						data[place[1]], v.texts[place[1]] = "<"+place[1]+">", "<"+place[1]+">"
					}
				}
				config := &i18n.LocalizeConfig{MessageID: key, TemplateData: data}
				if len(m) > 1 {
					config.PluralCount = n
				}
				want, err := theirs.Localize(config)
				if got := ours.render(m, v); err != nil || got != want {
					t.Errorf("%s, %d: %q, and by go-i18n %q, %v", key, n, got, want, err)
				}
			}
		}
	}
}

// TestEveryVariantHasItsNames: a variant is said because of the names in its key, so each of its forms or its sense has
// them; and a name in a text that is neither in the key nor always given would leave a hole.
func TestEveryVariantHasItsNames(t *testing.T) {
	for key := range english().raw {
		m := english().entry(key)
		base, rest, ok := strings.Cut(key, "+")
		if !ok {
			continue
		}
		names := strings.Split(rest, "+")
		if !slices.IsSorted(names) {
			t.Errorf("%s: the names of a variant are in order", key)
		}
		if len(m) == 0 || strings.Contains(base, "+") {
			t.Errorf("%s is not well formed", key)
		}
	}
}

func TestThePseudoLanguageIsSeenInEveryText(t *testing.T) {
	Use(Pseudo)
	t.Cleanup(func() { Use(English) })
	if got, want := T("status.signed-in", "who", "Jane"), "[Šîĝñéd îñ åš Jane · réñéwš bý îtšélf]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for key := range english().raw {
		base, _, _ := strings.Cut(key, "+")
		if text, ok := current().find(base, values{}); ok && !strings.HasPrefix(text, "[") {
			t.Errorf("%s: %q", key, text)
		}
	}
	Use("xx")
	if got := T("status.signed-out"); got != "Signed out" {
		t.Errorf("a language that is not there: %q", got)
	}
}

func TestWhatALanguageLacksIsSaidInEnglish(t *testing.T) {
	c := &catalogue{name: "de", raw: map[string]jsontext.Value{"sample": jsontext.Value(`"Ein Muster"`)}}
	c.findVariants()
	c.add(sample())
	jane := values{texts: map[string]string{"who": "Jane"}, n: 1}
	for key, want := range map[string]string{"sample": "Ein Muster", "only": "Only Jane", "tokens": " token"} {
		if got, _ := c.find(key, jane); got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
}

// BenchmarkReading is what the first text of a process costs.
func BenchmarkReading(b *testing.B) {
	for b.Loop() {
		read(English)
	}
}
