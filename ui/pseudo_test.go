package ui

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"keyfob/internal/words"
	"keyfob/ui/kit"
)

// TestEveryTextIsFromTheCatalogue shows every screen in a language that nobody speaks. What can be read there without
// its brackets did not come through the catalogue; only what others said or called something may do so.
func TestEveryTextIsFromTheCatalogue(t *testing.T) {
	english := map[string]string{}
	for _, key := range words.Keys() {
		english[key] = words.T(key)
	}
	words.Use(words.Pseudo)
	defer words.Use(words.English)
	pseudo := map[string]string{}
	for key, text := range english {
		pseudo[text] = words.T(key)
	}
	for name, lead := range screens {
		if name == "file-dialog" { // it is Fyne's
			continue
		}
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.language = pseudo
				lead(s)
				for _, text := range shown(s.root()) {
					if !strings.ContainsAny(text, "[]") && !isData(text) {
						t.Errorf("%q", text)
					}
				}
			})
		})
	}
}

// shown are the texts that can be seen or are read out, a line each.
func shown(o fyne.CanvasObject) (all []string) {
	if !o.Visible() {
		return nil
	}
	switch o := o.(type) {
	case *kit.Text:
		return strings.Split(o.Words(), "\n")
	case *kit.Button:
		return []string{o.Label(), o.Name}
	case *kit.Field: // somebody's own
	case *canvas.Text:
		return []string{o.Text}
	case *fyne.Container:
		for _, child := range o.Objects {
			all = append(all, shown(child)...)
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(o).Objects() {
			all = append(all, shown(child)...)
		}
	}
	return all
}

// isData tells what no language says otherwise: what somebody else said, typed or called something, and technical
// names.
func isData(line string) bool {
	matches := func(r *regexp.Regexp) bool { return r.MatchString(line) }
	return slices.Contains(names, line) || slices.ContainsFunc(technical, matches)
}

// names are what people and services of the screens are called, and words that they said.
var names = []string{
	"Acme", "Acme (machine)", "Acme Ltd", "Globex", "Globex Corporation", "Initech", "Keyfob demo", "Jane Doe",
	"Auth0", "Rhythm", "Conundra", "RES:Harmonics",
	"The Amalgamated International Widget Company of the Northern Hemisphere",
	"Nothing here is checked.",
	"dial tcp: lookup acme.eu.auth0.com: no such host",
}

var technical = []*regexp.Regexp{
	regexp.MustCompile(`^$|^[A-Z]$`),                                 // a monogram
	regexp.MustCompile(`^(GET|POST|PUT|PATCH|DELETE|Ctrl\+)$`),       // methods and keys
	regexp.MustCompile(`^(https?://\S+|/\S+)(, https?://\S+)*$`),     // addresses and paths
	regexp.MustCompile(`^[\w@|.:-]+\.[\w:]+( · Acme Ltd)?$`),         // hosts, versions, e-mail addresses
	regexp.MustCompile(`^Jane Doe · jane@acme\.example · Acme Ltd$`), // a person
	regexp.MustCompile(`^\s*[{}"]`),                                  // JSON
	regexp.MustCompile(`^[A-Z][\w-]+: \S+$`),                         // a header of HTTP
	regexp.MustCompile(`^(\d{4}-\d\d-\d\d )?\d\d:\d\d(:\d\d UTC)?$`), // a time
	regexp.MustCompile(`^openid( \w+)+$`),                            // scopes
	// ids, programs, codes and states
	regexp.MustCompile(`^[a-z]+[-_][\w-]+$|^auth0\|65f0$|^(git|node|acme|batch|offline)$`),
}
