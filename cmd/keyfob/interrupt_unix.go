//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// dieOf ends this process by the signal that was sent to it. Where an interrupted program ends in another way, a shell
// goes on with its script.
func dieOf(s os.Signal) {
	signal.Reset(s)
	if number, is := s.(syscall.Signal); is && syscall.Kill(os.Getpid(), number) == nil {
		time.Sleep(time.Second) // it arrives by another thread
	}
}
