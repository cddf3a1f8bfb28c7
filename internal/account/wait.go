package account

import "time"

// WaitFor is what a call to an API can wait for: a closed set.
type WaitFor string

// What a call waits for, in the order in which it may.
const (
	WaitTurn   WaitFor = "turn"   // its turn: the profile allows Rate requests a second
	WaitToken  WaitFor = "token"  // a token: it may be renewed first, or a person be asked
	WaitAnswer WaitFor = "answer" // an answer from Host
	WaitLess   WaitFor = "less"   // Until: Host wants fewer requests
)

// Wait is what a call to an API waits for.
type Wait struct {
	For   WaitFor
	Host  string
	Rate  float64
	Until time.Time
}
