package main

import "os"

// dieBySignal does nothing: the exit code tells what happened.
func dieBySignal(os.Signal) {}
