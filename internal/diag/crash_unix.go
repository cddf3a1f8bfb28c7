//go:build unix

package diag

import "golang.org/x/sys/unix"

// NoCore keeps the system from writing this process's memory, with all tokens in it, to the disk when it crashes. Go
// has it done under GOTRACEBACK=crash, which people who write Go have in their environment. Both programs call it first
// of all: not the agent alone holds tokens.
//
// The limit is one byte and not none: Linux does not hold programs that take core dumps (systemd-coredump) to a limit
// of zero, but starts none of them at one. It is the soft limit, which children get as well (keychain operations shall,
// a browser may raise it). PR_SET_DUMPABLE would also keep the user's own debugger out, which is another matter, and
// desktop portals, which look at who asks through /proc.
func NoCore() {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_CORE, &limit) == nil {
		limit.Cur = min(1, limit.Max)
		_ = unix.Setrlimit(unix.RLIMIT_CORE, &limit)
	}
}
