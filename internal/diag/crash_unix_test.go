//go:build unix

package diag

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

const wantNoCore = true

func init() {
	// The child shall have something to give up, whatever the limit of who runs the tests.
	var limit unix.Rlimit
	if os.Getenv("DIAG_CRASH") != "" && unix.Getrlimit(unix.RLIMIT_CORE, &limit) == nil {
		limit.Cur = limit.Max
		_ = unix.Setrlimit(unix.RLIMIT_CORE, &limit)
	}
}

func coreLimit() string {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		return err.Error()
	}
	return fmt.Sprint(limit.Cur)
}
