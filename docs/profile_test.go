package docs

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"keyfob/internal/profile"
)

// TestProfilePageNamesEveryField holds docs/profile.md against the fields that the parser knows.
func TestProfilePageNamesEveryField(t *testing.T) {
	page, err := os.ReadFile("profile.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []reflect.Type{reflect.TypeFor[profile.Profile](), reflect.TypeFor[profile.API]()} {
		for f := range typ.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("docs/profile.md does not name %s", name)
			}
		}
	}
}

// TestProfilePageExampleIsGood parses the example that people will copy.
func TestProfilePageExampleIsGood(t *testing.T) {
	page, err := os.ReadFile("profile.md")
	if err != nil {
		t.Fatal(err)
	}
	example := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(page)
	if example == nil {
		t.Fatal("no example")
	}
	if _, err := profile.Parse(example[1]); err != nil {
		t.Fatal(err)
	}
}
