package view

import (
	"strings"
	"testing"

	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// TestWhatCameAlongWithASecretIsSaidInOneSentence: what it is, and what to do about it.
func TestWhatCameAlongWithASecretIsSaidInOneSentence(t *testing.T) {
	for _, reason := range []fault.Reason{
		fault.UsageSecretEmpty, fault.UsageSecretTooLong, fault.UsageSecretNotText, fault.UsageSecretCurlyQuote,
		fault.UsageSecretLineEnd, fault.UsageSecretBlank, fault.UsageSecretInvisible, fault.UsageSecretAssigned,
		fault.UsageSecretQuoted,
	} {
		err := fault.New(fault.BadUsage, "limit", "4096").WithReason(reason)
		got := SecretComplaint(err)
		if got == Sentence(err) || strings.Count(got, ".") != 1 || !strings.HasSuffix(got, ".") {
			t.Errorf("%s: %q", reason, got)
		}
	}
	if got := SecretComplaint(fault.New(fault.BadUsage, "limit", "4096").WithReason(fault.UsageSecretTooLong)); got !=
		"It is too long for a secret: more than 4,096 bytes." {
		t.Errorf("%q", got)
	}
	other := fault.New(fault.SecretRefused)
	if got, m := SecretComplaint(other), words.Of(other); got != m.What+" "+m.Next {
		t.Errorf("%q", got)
	}
	if got := SecretComplaint(nil); got != "" {
		t.Errorf("nothing is wrong: %q", got)
	}
}
