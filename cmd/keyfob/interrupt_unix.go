//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// dieOf ends us by the signal that we were told to end by: a shell goes on with its script where a program that was
// interrupted ends in any other way.
func dieOf(s os.Signal) {
	signal.Reset(s)
	if number, is := s.(syscall.Signal); is && syscall.Kill(os.Getpid(), number) == nil {
		time.Sleep(time.Second) // it arrives by another thread
	}
}
