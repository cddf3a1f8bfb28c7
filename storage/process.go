package storage

import (
	"context"
	"errors"
	"io"
	"os/exec"
	"sync"
	"time"

	"keyfob/internal/detach"
)

// grace is how long a child may take to end, or to give up what nobody waits for, before it is killed.
const grace = time.Second

// errChildEnded tells that the child ended without an answer.
var errChildEnded = errors.New("the keychain's process ended without an answer")

// child is a process that performs keychain operations, seen from its parent. It sees two pipes and nothing else of
// ours; the one it reads from stays open until it shall end, so that it can tell when we die.
type child struct {
	input  io.WriteCloser
	kill   func() // with all that it started
	around string // the surroundings in which it was started
	gone   chan struct{}

	writing sync.Mutex

	mu      sync.Mutex
	last    uint64                 // the ID of the last request
	waiting map[uint64]chan answer // each takes one answer without waiting
}

// startChild starts one. It has ended once gone is closed.
func startChild(self []string, around string) (*child, error) {
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, self[0], self[1:]...)
	aloneInGroup(cmd)
	c := &child{around: around, gone: make(chan struct{}), waiting: map[uint64]chan answer{}}
	input, err := cmd.StdinPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		cancel()
		return nil, err
	}
	if err := detach.Launch(cmd); err != nil {
		cancel()
		return nil, err
	}
	c.input = input
	c.kill = func() {
		cancel()
		_ = output.Close() // which a grandchild that escaped may hold open
	}
	go func() {
		defer close(c.gone)
		defer cancel()
		c.listen(output)
		late := time.AfterFunc(grace, c.kill)
		defer late.Stop()
		_ = cmd.Wait()
	}()
	return c, nil
}

// listen hands each answer to who waits for it. It returns when the child says no more, or something that is no answer.
func (c *child) listen(output io.Reader) {
	for {
		var a answer
		switch err := readFrame(output, &a); {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			c.kill()
			return
		}
		c.mu.Lock()
		waiting := c.waiting[a.ID]
		delete(c.waiting, a.ID)
		c.mu.Unlock()
		if waiting != nil {
			waiting <- a
		}
	}
}

// ask sends the request and waits for its answer. When the context ends first, the child is told to give up, and killed
// where it does not. The error is the context's, or errChildEnded.
func (c *child) ask(ctx context.Context, q request) (answer, error) {
	answered := make(chan answer, 1)
	c.mu.Lock()
	c.last++
	q.ID = c.last
	c.waiting[q.ID] = answered
	c.mu.Unlock()
	c.send(ctx, q)
	select {
	case a := <-answered:
		return a, nil
	case <-c.gone:
	case <-ctx.Done():
		if !lasting {
			c.kill()
			<-c.gone
		} else {
			c.giveUp(ctx, q.ID, answered)
		}
		return answer{}, ctx.Err()
	}
	select {
	case a := <-answered: // its last word
		return a, nil
	default:
		return answer{}, errChildEnded
	}
}

// giveUp returns when the child has given the request up, or has ended.
func (c *child) giveUp(ctx context.Context, id uint64, answered <-chan answer) {
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	c.send(patience, request{ID: id, Op: opCancel})
	select {
	case <-answered:
	case <-c.gone:
	case <-patience.Done():
		c.kill()
		<-c.gone
	}
}

// send writes one request. A child that does not read it in time is killed; who waits for the answer learns that.
func (c *child) send(ctx context.Context, q request) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if ctx.Err() != nil {
		return // it was another's turn for too long
	}
	defer context.AfterFunc(ctx, c.kill)()
	if writeFrame(c.input, q) != nil {
		c.kill()
	}
}

// ended tells whether the child is no more.
func (c *child) ended() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}

// dismiss has the child end, and returns when it has.
func (c *child) dismiss() {
	_ = c.input.Close()
	late := time.AfterFunc(grace, c.kill)
	defer late.Stop()
	<-c.gone
}
