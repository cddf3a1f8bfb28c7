//go:build !windows

package oauthflow

import "syscall"

// exclusive has nothing to do here: without SO_REUSEPORT, which is never set, a port that listens is taken.
func exclusive(_, _ string, _ syscall.RawConn) error { return nil }
