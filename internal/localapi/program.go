package localapi

import (
	"path/filepath"
	"runtime"
	"strings"

	"keyfob/internal/account"
	"keyfob/internal/display"
	"keyfob/internal/localapi/peer"
	"keyfob/internal/words"
)

const (
	ourCommand = "keyfob" // the command line asks for whoever runs it
	nameLength = 40
	pathLength = 400
)

// programAt returns which program the caller is. It is looked at when its connection is accepted, and what was seen
// counts if the caller has not ended meanwhile: else it could be another process's.
func programAt(caller peer.Process) account.Program {
	if caller.PID == 0 {
		return nobody(caller)
	}
	p := programOf(caller.PID)
	if !caller.Lives() {
		return nobody(caller)
	}
	p.Stranger = caller.Stranger
	return p
}

// nobody is a caller of which no program is known.
func nobody(caller peer.Process) account.Program {
	return account.Program{Name: words.T("program.unknown"), PID: caller.PID, Stranger: caller.Stranger}
}

// programOf returns which program the process is. If it is our own command line, the token goes to the program that ran
// it, and that one is returned. If that one has ended, it could have been any program: then the path is empty, so that
// a person's answer holds for this one time. "Always" would let in all programs.
//
// Twin files ask the system: exeOf returns the path of a process's executable, parentOf the process that started it.
func programOf(pid int) account.Program {
	p := named(pid)
	if p.Name != ourCommand {
		return p
	}
	if parent := parentOf(pid); parent > 1 {
		above := named(parent)
		stillIs := parentOf(pid) == parent // so that its id was no other's while it was looked at
		if stillIs && above.Path != "" && above.Name != ourCommand {
			above.ByKeyfob = true
			return above
		}
	}
	p.Path = ""
	return p
}

// named returns the process with the name of its executable. A path that cannot be shown as it is counts as unknown,
// because what a person allows must be what they saw.
func named(pid int) account.Program {
	path := exeOf(pid)
	if path == "" || display.Clean(path, pathLength) != path {
		return account.Program{Name: words.T("program.unknown"), PID: pid}
	}
	name := filepath.Base(path)
	if runtime.GOOS == "windows" {
		name = strings.TrimSuffix(strings.ToLower(name), ".exe")
	}
	return account.Program{Name: display.Clean(name, nameLength), Path: path, PID: pid}
}
