package view

import (
	"cmp"

	"keyfob/internal/words"
)

// SecretComplaint is why a client's secret was not taken. Of one that was copied with something around it the agent
// says what that is, and what to do is in the same sentence.
func SecretComplaint(err error) string { return cmp.Or(words.ForField(err), Sentence(err)) }
