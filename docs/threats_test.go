package docs

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// aCase begins a paragraph of the catalogue: **A40**.
	aCase = regexp.MustCompile(`^\*\*([AF]\d\d)\*\* `)
	// aTest is one that a case names: `profile.TestA40UnreadableFiles`. Behind a slash stands the row of a table.
	aTest = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)[^`/]*)(?:/([^`]*))?`")
	// numbers begin the name of a test: A40, or several.
	numbers = regexp.MustCompile(`^(?:Test|Fuzz)((?:[A-Z]\d\d)+)`)
	// function is a test in a file.
	function = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w*)\(`)
)

// TestEveryThreatHasItsTests: what the catalogue promises is shown by tests that are there and carry its number.
func TestEveryThreatHasItsTests(t *testing.T) {
	suites := suites(t)
	for number, text := range catalogue(t) {
		named := aTest.FindAllStringSubmatch(text, -1)
		if len(named) == 0 {
			t.Errorf("%s names no test", number)
		}
		for _, m := range named {
			room, test, row := m[1], m[2], m[3]
			if _, top := suites[room]; !top {
				room = "internal/" + room // most are there, so the catalogue leaves it out
			}
			switch {
			case !slices.Contains(suites[room].tests, test):
				t.Errorf("%s: there is no %s.%s", number, room, test)
			case row != "" && !strings.Contains(suites[room].text, `"`+row+`"`):
				t.Errorf("%s: %s.%s has no row %q", number, room, test, row)
			case !carries(test, row, number):
				t.Errorf("%s: the name of %s.%s does not carry its number", number, room, test)
			}
		}
	}
}

// TestEveryNumberedTestHasItsThreat: a test of a case that the catalogue does not have would show something that nobody
// promised, or the catalogue would lack what is built.
func TestEveryNumberedTestHasItsThreat(t *testing.T) {
	known := slices.Collect(maps.Keys(catalogue(t)))
	for room, s := range suites(t) {
		for _, test := range s.tests {
			for _, number := range carried(test) {
				if strings.ContainsAny(number[:1], "AF") && !slices.Contains(known, number) {
					t.Errorf("%s.%s shows %s, which docs/threats.md does not have", room, test, number)
				}
			}
		}
	}
}

// catalogue is docs/threats.md: the cases by their numbers, each with its paragraph.
func catalogue(t *testing.T) map[string]string {
	t.Helper()
	cases := map[string]string{}
	for paragraph := range strings.SplitSeq(string(read(t, "threats.md")), "\n\n") {
		m := aCase.FindStringSubmatch(paragraph)
		if m == nil {
			continue
		}
		if cases[m[1]] != "" {
			t.Errorf("%s is there twice", m[1])
		}
		cases[m[1]] = paragraph
	}
	if len(cases) < 60 {
		t.Fatalf("the catalogue has %d cases: is it read as it is written?", len(cases))
	}
	return cases
}

// suite is what the test files of a package hold, those for other systems included.
type suite struct {
	tests []string
	text  string
}

func suites(t *testing.T) map[string]suite {
	t.Helper()
	all := map[string]suite{}
	for room, p := range packages(t) {
		files, err := filepath.Glob(filepath.Join(p.Dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		var s suite
		for _, name := range files {
			s.text += string(read(t, name))
		}
		for _, m := range function.FindAllStringSubmatch(s.text, -1) {
			s.tests = append(s.tests, m[1])
		}
		all[room] = s
	}
	return all
}

// carries tells whether a test has the number in its name, or the row of its table begins with it: "F2 portal".
func carries(test, row, number string) bool {
	if row == "" {
		return slices.Contains(carried(test), number)
	}
	first, _, _ := strings.Cut(row, " ")
	return first == number || first == number[:1]+strings.TrimPrefix(number[1:], "0")
}

// carried are the numbers in the name of a test.
func carried(test string) []string {
	m := numbers.FindStringSubmatch(test)
	if m == nil {
		return nil
	}
	var each []string
	for pair := range slices.Chunk([]byte(m[1]), 3) {
		each = append(each, string(pair))
	}
	return each
}
