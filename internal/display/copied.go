package display

import (
	"strings"
	"unicode"
)

// CurlyQuotes are what word processors and chat programs make of ' and ".
const CurlyQuotes = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"

// Stray is what came along when a text was copied that a machine compares: a closed set.
type Stray int

// What comes along.
const (
	NoStray        Stray = iota
	StrayCurly           // a curly quote
	StrayLineEnd         // a line end, wherever
	StrayBlank           // a blank at the beginning or the end
	StrayInvisible       // a character that cannot be seen
)

// StrayIn tells what came along with s, the most likely first.
func StrayIn(s string) Stray {
	switch {
	case strings.ContainsAny(s, CurlyQuotes):
		return StrayCurly
	case strings.ContainsAny(s, "\r\n"):
		return StrayLineEnd
	case strings.TrimSpace(s) != s:
		return StrayBlank
	case strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }):
		return StrayInvisible
	}
	return NoStray
}

// Quoted tells whether s stands in quotes of one kind; quotes are the kinds that count.
func Quoted(s, quotes string) bool {
	last := len(s) - 1
	return last > 0 && s[0] == s[last] && strings.IndexByte(quotes, s[0]) >= 0
}
