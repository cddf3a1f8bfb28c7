package main

import (
	"context"
	"errors"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"keyfob/internal/diag"
	"keyfob/storage"
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	diag.NoCore()
	log.SetOutput(io.Discard) // libraries quote their input there; the agent's log takes it, cleaned
	if len(args) == 1 && args[0] == storage.ChildArg {
		return storage.RunChild(os.Stdin, os.Stdout)
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go func() {
		select {
		case s := <-told:
			cancel(endedBy{s})
		case <-ctx.Done(): // it is over
		}
		signal.Stop(told) // a second Ctrl-C ends this process at once
	}()
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, colour: colourful(os.Stdout)}
	code := a.execute(ctx, args)
	if by, is := errors.AsType[endedBy](context.Cause(ctx)); is && code == exitCancelled {
		dieOf(by.Signal)
	}
	return code
}

// endedBy is the signal that somebody sent to end this process.
type endedBy struct{ os.Signal }

func (e endedBy) Error() string { return e.String() }
