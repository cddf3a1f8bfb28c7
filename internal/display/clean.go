package display

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many marks a letter may carry. Written languages need up to three or four (Hebrew with its vowels,
// Tibetan stacks); a pile of them paints over the lines above and below.
const maxMarks = 4

// Clean returns s on one line and without anything that a person cannot see: control characters, escape sequences,
// direction marks, zero-width, private and unassigned characters, marks beyond the fourth on one letter. White space of
// every kind becomes one plain space. Bytes that are not UTF-8 become U+FFFD. A result longer than limit characters is
// cut there and ends in "…". The time it takes grows with the length of s, whatever is in it.
func Clean(s string, limit int) string {
	if limit <= 0 {
		return ""
	}
	line := line{kept: make([]rune, 0, min(len(s), limit+1))}
	for i := 0; i < len(s); {
		if n := sequence(s[i:]); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if line.add(r); len(line.kept) > limit && line.last() != ' ' {
			return strings.TrimRight(string(line.kept[:limit-1]), " ") + "…"
		}
	}
	return strings.TrimRight(string(line.kept), " ")
}

// line is clean text that grows.
type line struct {
	kept  []rune
	marks int // on the last letter
}

func (l *line) add(r rune) {
	switch {
	case unicode.IsSpace(r):
		if l.last() == ' ' {
			return
		}
		r, l.marks = ' ', 0
	case !visible(r):
		return
	case unicode.IsMark(r):
		// One without a letter would sit on whatever is shown before this text.
		if l.last() == ' ' || l.marks == maxMarks {
			return
		}
		l.marks++
	default:
		l.marks = 0
	}
	l.kept = append(l.kept, r)
}

// last is what stands at the end; a blank where nothing does.
func (l *line) last() rune {
	if len(l.kept) == 0 {
		return ' '
	}
	return l.kept[len(l.kept)-1]
}

// visible tells whether r leaves a mark of its own. The format characters (bidi, zero-width) are not printable to
// begin with; the rest are letters, marks and symbols that draw nothing.
func visible(r rune) bool {
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		!strings.ContainsRune(blanks, r)
}

// blanks are characters with a name and a place in a font, and nothing to see: the object replacement character, the
// braille pattern without dots, the null notehead, fillers of Khitan and of Egyptian.
const blanks = "\ufffc\u2800\U0001d159\U00016fe4\U00013441\U00013442"
