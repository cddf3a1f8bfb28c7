//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// dieBySignal ends the process by the signal that asked it to end. A shell stops its script only where a program died
// of the signal; after any other end it goes on with the next line.
func dieBySignal(s os.Signal) {
	signal.Reset(s)
	if number, is := s.(syscall.Signal); is && syscall.Kill(os.Getpid(), number) == nil {
		time.Sleep(time.Second) // the signal is delivered on another thread
	}
}
