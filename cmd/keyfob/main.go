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

// run runs one command line and returns its exit code. Where a signal ended it, the process ends by that signal.
func run(args []string) int {
	diag.NoCore()
	log.SetOutput(io.Discard) // libraries log what they received; only the agent's log may have that, cleaned
	if len(args) == 1 && args[0] == storage.ChildArg {
		return storage.RunChild(os.Stdin, os.Stdout)
	}
	ctx, cancel := withSignals(context.Background())
	defer cancel(nil)
	t := &terminal{in: os.Stdin, out: os.Stdout, err: os.Stderr, colour: showsColour(os.Stdout)}
	code := execute(ctx, t, args)
	if by, is := errors.AsType[signalled](context.Cause(ctx)); is && code == exitCancelled {
		dieBySignal(by.Signal)
	}
	return code
}

// withSignals returns a context that the first Ctrl-C or SIGTERM cancels, with the signal as its cause. A second one
// ends the process at once.
func withSignals(ctx context.Context) (context.Context, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			cancel(signalled{s})
		case <-ctx.Done():
		}
		signal.Stop(signals)
	}()
	return ctx, cancel
}

// signalled is the cause of a context that a signal cancelled.
type signalled struct{ os.Signal }

func (e signalled) Error() string { return e.String() }
