package words

import (
	"strconv"

	"keyfob/internal/account"
)

// WaitingStatus says in a window what a call to an API waits for.
func WaitingStatus(w account.Wait) string {
	switch w.For {
	case account.WaitTurn:
		return T("ui.call.waits.turn", "rate", rate(w.Rate))
	case account.WaitAnswer:
		return T("ui.call.waits.answer", "host", w.Host)
	case account.WaitLess:
		return T("ui.call.waits.less", "clock", Second(w.Until), "host", w.Host)
	case account.WaitToken:
	}
	return T("ui.call.waits.token")
}

// WaitingLine says it on the command line.
func WaitingLine(w account.Wait) string {
	switch w.For {
	case account.WaitTurn:
		return T("cli.call.waits.turn", "rate", rate(w.Rate))
	case account.WaitAnswer:
		return T("cli.call.waits.answer", "host", w.Host)
	case account.WaitLess:
		return T("cli.call.waits.less", "clock", Second(w.Until), "host", w.Host)
	case account.WaitToken:
	}
	return T("cli.waiting")
}

func rate(r float64) string { return strconv.FormatFloat(r, 'g', -1, 64) }
