package main

import "os"

// dieOf does nothing: the exit code says it.
func dieOf(os.Signal) {}
