package words

import (
	"time"

	"keyfob/internal/account"
)

// Program names the program that asked for a token.
func Program(p account.Program) string {
	if p.ByKeyfob {
		return T("program.by-keyfob", "program", p.Name)
	}
	return p.Name
}

// Kind names the kind of an agent.
func Kind(k account.Kind) string {
	switch k {
	case account.Desktop:
		return T("kind.desktop")
	case account.Headless:
		return T("kind.headless")
	default:
		return string(k) // of a newer agent
	}
}

// HandOut is what a program got: "Refused", "1 token, valid until 14:05", "12 tokens since 13:40".
func HandOut(h account.HandOut, now time.Time) string {
	if h.Refused {
		return T("handout.refused")
	}
	var until time.Time
	if h.Until.After(now) {
		until = h.Until
	}
	return textAt(now, "handout.tokens", "n", max(h.Count, 1), "first", h.First, "until", until)
}
