package localapi

import (
	"path/filepath"
	"runtime"
	"strings"

	"keyfob/internal/account"
	"keyfob/internal/display"
	"keyfob/internal/words"
)

const (
	ourCommand = "keyfob" // the command line asks for whoever runs it
	nameLength = 40
	pathLength = 400
)

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
		if above := named(parent); above.Path != "" && above.Name != ourCommand {
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
