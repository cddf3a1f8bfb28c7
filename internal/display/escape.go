package display

import (
	"strings"
	"unicode/utf8"
)

// Controls of ECMA-48 §8.3 that begin more than themselves, in their 8-bit form. Their 7-bit form is ESC and the
// character 0x40 below.
const (
	escape = 0x1b

	deviceControl   = 0x90
	startOfString   = 0x98
	controlSequence = 0x9b
	systemCommand   = 0x9d
	privacyMessage  = 0x9e
	programCommand  = 0x9f
)

// sequence returns how many bytes a terminal would take for one escape sequence at the beginning of s, which is not
// empty; 0 for none. There are control sequences (colours, cursor), control strings (window title, links, clipboard)
// and the two-character rest. Terminals swallow a control string that nobody ends, and so do we.
func sequence(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == escape && n < len(s) && s[n] >= '@' && s[n] <= '_' {
		r, n = rune(s[n])+0x40, n+1
	}
	switch r {
	case escape:
		n += span(s[n:], ' ', '/')
		return n + one(s[n:], '0', '~')
	case controlSequence:
		n += span(s[n:], '0', '?')
		n += span(s[n:], ' ', '/')
		return n + one(s[n:], '@', '~')
	case deviceControl, startOfString, systemCommand, privacyMessage, programCommand:
		return n + controlString(s[n:])
	}
	if s[0] == escape {
		return n
	}
	return 0
}

// controlString is the length of what stands between the opener of a control string and its end, with the end: BEL, or
// ST in one of its forms. Another escape ends it too, and is not part of it.
func controlString(s string) int {
	end := strings.IndexAny(s, "\a\x1b\u009c")
	switch {
	case end < 0:
		return len(s)
	case strings.HasPrefix(s[end:], "\x1b\\"), strings.HasPrefix(s[end:], "\u009c"):
		return end + 2
	case s[end] == escape:
		return end
	}
	return end + 1
}

// span counts the bytes from first to last at the beginning of s.
func span(s string, first, last byte) int {
	n := 0
	for n < len(s) && s[n] >= first && s[n] <= last {
		n++
	}
	return n
}

func one(s string, first, last byte) int { return min(span(s, first, last), 1) }
