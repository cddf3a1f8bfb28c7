package agent

import (
	"testing"

	"keyfob/internal/fault"
)

func TestF45WhereFewFilesMayBeOpenNoAgentStarts(t *testing.T) {
	if err := Enough(leastFiles); err != nil {
		t.Error(err)
	}
	if err := Enough(24); fault.Of(err).Reason != fault.AgentFewFiles {
		t.Errorf("%v", err)
	}
}
