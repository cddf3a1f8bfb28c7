package words

import (
	"strconv"
	"time"

	"keyfob/internal/account"
)

// Program names who asked for a token.
func Program(p account.Program) string {
	if p.ByKeyfob {
		return p.Name + ", with keyfob"
	}
	return p.Name
}

// HandOut is what a program got: "Refused", "1 token, valid until 14:05", "12 tokens since 13:40".
func HandOut(h account.HandOut, now time.Time) string {
	text := "1 token"
	switch {
	case h.Refused:
		return "Refused"
	case h.Count > 1:
		text = strconv.Itoa(h.Count) + " tokens since " + Until(h.First, now)
	}
	if h.Until.After(now) {
		text += ", valid until " + Until(h.Until, now)
	}
	return text
}
