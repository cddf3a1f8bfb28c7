package profile

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"keyfob/internal/fault"
	"keyfob/internal/words"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// found are the findings of an error; nil where it has none.
func found(err error) []fault.Finding {
	if err == nil {
		return nil
	}
	return fault.Of(err).Findings
}

// told is what an error says to people and in the log.
func told(err error) string {
	return words.Findings(found(err)) + "\n" + words.Of(err).What + "\n" + err.Error()
}

// onlyAbout tells whether an error has one finding, which people are told to be about field.
func onlyAbout(err error, field string) bool {
	all := found(err)
	return len(all) == 1 && strings.HasPrefix(words.Finding(all[0]), field+": ")
}
