package client

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"keyfob/internal/account"
)

func TestASlowReaderGetsTheLatest(t *testing.T) {
	var stream bytes.Buffer
	for seq := range 100 {
		fmt.Fprintf(&stream, "event: snapshot\ndata: {\"seq\":%d}\n\n", seq)
	}
	stream.WriteString(": a comment\n\nevent: of the future\ndata: {}\n\n")
	snapshots := make(chan account.Snapshot, 1)
	follow(&stream, snapshots)
	if s := <-snapshots; s.Seq != 99 {
		t.Errorf("snapshot %d, want the last", s.Seq)
	}
}

func TestEventsAreBounded(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("event: snapshot\ndata: "), bytes.NewReader(make([]byte, responseBytes+1)))
	if _, _, err := newEventReader(endless).next(); err == nil {
		t.Error("an event without end was read")
	}
}
