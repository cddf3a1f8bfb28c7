package profile

import (
	"io"
	"os"

	"keyfob/internal/fault"
)

// ReadFile reads the file that a person points at, and no more of it than tells Parse that it is too large. A folder, a
// pipe or a device is fault.BadProfile and is not even opened: opening a pipe waits for somebody who writes. All other
// errors are the system's.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fault.New(fault.BadProfile).WithFindings(fault.Find(wholeFile, fault.ProfileNotAFile))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxBytes+1))
}
