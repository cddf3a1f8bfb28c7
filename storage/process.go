package storage

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"time"

	"keyfob/internal/detach"
)

// askChild starts a child, hands it the request and returns its answer. When the context ends, the child and all that
// it started are killed. The child sees two pipes and nothing else of ours, and of the environment what it needs; the
// pipe that it reads from stays open until it has ended, so that it can tell when we die.
func askChild(ctx context.Context, self []string, q request) (a answer, err error) {
	child := exec.CommandContext(ctx, self[0], self[1:]...)
	aloneInGroup(child)
	child.WaitDelay = time.Second // for a grandchild that escaped and holds the pipe
	output := &bounded{}
	child.Stdout = output
	input, err := child.StdinPipe()
	if err != nil {
		return a, err
	}
	if err := detach.Launch(child); err != nil {
		return a, err
	}
	sent := writeFrame(input, q)
	if err := child.Wait(); err != nil { // also closes the pipe
		return a, err
	}
	if sent != nil {
		return a, sent
	}
	return a, readFrame(&output.buffer, &a)
}

// bounded keeps one frame and refuses more, which ends a child that talks too much. The buffer is not embedded: io.Copy
// would find its ReadFrom, and pass by the limit.
type bounded struct{ buffer bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.buffer.Len()+len(p) > 4+maxFrame {
		return 0, errors.New("the answer is too long")
	}
	return b.buffer.Write(p)
}
