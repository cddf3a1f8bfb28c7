package docs

import (
	"slices"
	"strings"
	"testing"
)

// threats is the list of what is tried against Keyfob.
var threats = numbered{file: "threats.md", letters: "AF", least: 60}

// TestEveryThreatHasItsTests: what the catalogue promises is shown by tests that are there and carry its number.
func TestEveryThreatHasItsTests(t *testing.T) { threats.eachItemHasItsTests(t) }

// TestEveryNumberedTestHasItsThreat: a test of a case that the catalogue does not have would show something that nobody
// promised, or the catalogue would lack what is built.
func TestEveryNumberedTestHasItsThreat(t *testing.T) {
	known := threats.known(t)
	for room, s := range suites(t) {
		for _, test := range s.tests {
			for _, number := range carried(test) {
				if strings.Contains(threats.letters, number[:1]) && !slices.Contains(known, number) {
					t.Errorf("%s.%s shows %s, which docs/threats.md does not have", room, test, number)
				}
			}
		}
	}
}
