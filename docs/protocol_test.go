package docs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// protocol is the list of what the standards ask of a client.
var protocol = numbered{file: "protocol.md", letters: "C", least: 60, unbuilt: "Not built yet."}

// TestEveryRuleOfTheProtocolHasItsTests: what the document says is shown by tests that are there and carry its number,
// or it says that it is not built.
func TestEveryRuleOfTheProtocolHasItsTests(t *testing.T) { protocol.eachItemHasItsTests(t) }

// TestEveryProtocolTestIsInItsRule: a test of the protocol is named in the document, under each of its numbers.
func TestEveryProtocolTestIsInItsRule(t *testing.T) {
	items := protocol.items(t)
	for room, s := range suites(t) {
		for _, test := range s.tests {
			named := fmt.Sprintf("`%s.%s`", strings.TrimPrefix(room, "internal/"), test)
			for _, number := range carried(test) {
				if strings.Contains(protocol.letters, number[:1]) && !strings.Contains(items[number], named) {
					t.Errorf("docs/protocol.md does not name %s under %s", named, number)
				}
			}
		}
	}
}

// TestProtocolNumbersHaveNoGap: a number that is missing was lost.
func TestProtocolNumbersHaveNoGap(t *testing.T) {
	known := protocol.known(t)
	for i := range known {
		if number := fmt.Sprintf("C%02d", i+1); !slices.Contains(known, number) {
			t.Errorf("%s is missing", number)
		}
	}
}
