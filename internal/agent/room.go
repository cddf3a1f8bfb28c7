package agent

import (
	"strconv"

	"keyfob/internal/fault"
)

// leastFiles is how many files an agent must be able to have open: its own, and a connection for each of those who ask.
const leastFiles = 256

// Enough tells whether an agent can work where a process may have that many files open: the error is fault.AgentFailed.
// An agent that cannot must not be the one for everybody until the next login: the next caller starts a better one.
func Enough(files uint64) error {
	if files >= leastFiles {
		return nil
	}
	return fault.New(fault.AgentFailed, "files", strconv.FormatUint(files, 10), "least", strconv.Itoa(leastFiles)).
		WithReason(fault.AgentFewFiles)
}
