package display

import (
	"regexp"
	"strings"
	"unicode"
)

// escapes are the sequences of ECMA-48 as terminals read them: control sequences (colours, cursor), control strings
// (window title, links, clipboard) and the two-character rest. An opener without its end is taken alone, so that what
// follows it stays readable.
var escapes = regexp.MustCompile(
	`(?s)(?:\x1b\[|\x{9b})[0-?]*[ -/]*[@-~]?` +
		`|(?:\x1b[\]PX^_]|[\x{9d}\x{90}\x{98}\x{9e}\x{9f}])[^\x07\x1b\x{9c}]*(?:\x07|\x1b\\|\x{9c})` +
		`|\x1b[ -/]*[0-~]?`)

// Clean returns s on one line and without anything that a person cannot see: control characters, escape sequences,
// direction marks, zero-width, private and unassigned characters. White space of every kind becomes one plain space.
// Bytes that are not UTF-8 become U+FFFD. A result longer than limit characters is cut there and ends in "…".
func Clean(s string, limit int) string {
	if limit <= 0 {
		return ""
	}
	kept := make([]rune, 0, min(len(s), limit+1))
	for _, r := range escapes.ReplaceAllLiteralString(s, "") {
		switch {
		case unicode.IsSpace(r):
			if len(kept) == 0 || kept[len(kept)-1] == ' ' {
				continue
			}
			r = ' '
		case !visible(r):
			continue
		}
		if kept = append(kept, r); len(kept) > limit && r != ' ' {
			return strings.TrimRight(string(kept[:limit-1]), " ") + "…"
		}
	}
	return strings.TrimRight(string(kept), " ")
}

// visible tells whether r leaves a mark of its own. The format characters (bidi, zero-width) are not printable to
// begin with; the rest are letters, marks and symbols that draw nothing.
func visible(r rune) bool {
	const brailleBlank = '\u2800'
	return unicode.IsPrint(r) && r != brailleBlank &&
		!unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
