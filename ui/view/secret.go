package view

import (
	"strconv"

	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// SecretComplaint is why a client's secret was not taken. Of one that was copied with something around it the agent
// says what that is, and what to do is in the same sentence.
func SecretComplaint(err error) string {
	if fault.CodeOf(err) != fault.BadUsage {
		return Sentence(err)
	}
	switch fault.Of(err).Reason {
	case "secret-empty":
		return words.T("ui.secret.empty")
	case "secret-too-long":
		limit, _ := strconv.Atoi(fault.Of(err).Args["limit"])
		return words.T("ui.secret.too-long", "limit", limit)
	case "secret-no-text":
		return words.T("ui.secret.no-text")
	case "secret-curly-quote":
		return words.T("ui.secret.curly-quote")
	case "secret-line-end":
		return words.T("ui.secret.line-end")
	case "secret-blank":
		return words.T("ui.secret.blank")
	case "secret-invisible":
		return words.T("ui.secret.invisible")
	case "secret-assigned":
		return words.T("ui.secret.assigned")
	case "secret-quoted":
		return words.T("ui.secret.quoted")
	}
	return Sentence(err)
}
