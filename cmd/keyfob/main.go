package main

import (
	"context"
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
	log.SetOutput(io.Discard) // libraries quote there what they were given; the resident's log takes them, cleaned
	if len(args) == 1 && args[0] == storage.ChildArg {
		return storage.RunChild(os.Stdin, os.Stdout)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends us the hard way
	a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr, colour: colourful(os.Stdout)}
	return a.execute(ctx, args)
}
