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
	case fault.UsageSecretEmpty:
		return words.T("ui.secret.empty")
	case fault.UsageSecretTooLong:
		limit, _ := strconv.Atoi(fault.Of(err).Args["limit"])
		return words.T("ui.secret.too-long", "limit", limit)
	case fault.UsageSecretNotText:
		return words.T("ui.secret.no-text")
	case fault.UsageSecretCurlyQuote:
		return words.T("ui.secret.curly-quote")
	case fault.UsageSecretLineEnd:
		return words.T("ui.secret.line-end")
	case fault.UsageSecretBlank:
		return words.T("ui.secret.blank")
	case fault.UsageSecretInvisible:
		return words.T("ui.secret.invisible")
	case fault.UsageSecretAssigned:
		return words.T("ui.secret.assigned")
	case fault.UsageSecretQuoted:
		return words.T("ui.secret.quoted")
	}
	return Sentence(err)
}
