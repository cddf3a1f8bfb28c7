package docs

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// numbered is a document whose items have numbers, and name the tests that carry them.
type numbered struct {
	file    string
	letters string // that its numbers begin with
	least   int    // items that it has at least; fewer mean that it is not read as it is written
	// unbuilt is how an item says that it names no test; "" where each has to name one.
	unbuilt string
}

var (
	// anItem begins a paragraph: **A40**.
	anItem = regexp.MustCompile(`^\*\*([A-Z]\d\d)\*\* `)
	// aTest is one that an item names: `profile.TestA40UnreadableFiles`. Behind a slash stands the row of a table.
	aTest = regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)[^`/]*)(?:/([^`]*))?`")
	// numbers begin the name of a test: A40, or several.
	numbers = regexp.MustCompile(`^(?:Test|Fuzz)((?:[A-Z]\d\d)+)`)
	// function is a test in a file.
	function = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w*)\(`)
)

// eachItemHasItsTests fails where an item names a test that is not there or does not carry its number, or none.
func (n numbered) eachItemHasItsTests(t *testing.T) {
	t.Helper()
	suites := suites(t)
	for number, text := range n.items(t) {
		named := aTest.FindAllStringSubmatch(text, -1)
		if unbuilt := n.unbuilt != "" && strings.Contains(text, n.unbuilt); unbuilt == (len(named) > 0) {
			t.Errorf("%s names %d tests", number, len(named))
		}
		for _, m := range named {
			room, test, row := m[1], m[2], m[3]
			if _, top := suites[room]; !top {
				room = "internal/" + room // most are there, so the documents leave it out
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

// items are the paragraphs of the document by their numbers.
func (n numbered) items(t *testing.T) map[string]string {
	t.Helper()
	items := map[string]string{}
	for paragraph := range strings.SplitSeq(string(read(t, n.file)), "\n\n") {
		m := anItem.FindStringSubmatch(paragraph)
		if m == nil || !strings.Contains(n.letters, m[1][:1]) {
			continue
		}
		if items[m[1]] != "" {
			t.Errorf("%s is there twice", m[1])
		}
		items[m[1]] = paragraph
	}
	if len(items) < n.least {
		t.Fatalf("%s has %d items: is it read as it is written?", n.file, len(items))
	}
	return items
}

// known are the numbers of the document.
func (n numbered) known(t *testing.T) []string {
	t.Helper()
	return slices.Collect(maps.Keys(n.items(t)))
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
	for number := range slices.Chunk([]byte(m[1]), 3) {
		each = append(each, string(number))
	}
	return each
}
