package localapi

import (
	"path/filepath"
	"runtime"
	"strings"

	"keyfob/internal/account"
	"keyfob/internal/display"
)

const (
	ourCommand = "keyfob" // the command line asks for whoever runs it
	nameLength = 40
	pathLength = 400
)

// programOf names the process. Twin files ask the system: exeOf for the path of its executable, parentOf for who
// started it. Where that is our own command line, whoever ran it is the one that gets the token. When
// that has gone it could be anybody, and what a person says of it holds for this once: "always" would let in all.
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

// named is the process by the name of its executable. A path that cannot be shown as it is counts as unknown: what a
// person allows has to be what they saw.
func named(pid int) account.Program {
	path := exeOf(pid)
	if path == "" || display.Clean(path, pathLength) != path {
		return account.Program{Name: "A program", PID: pid}
	}
	name := filepath.Base(path)
	if runtime.GOOS == "windows" {
		name = strings.TrimSuffix(strings.ToLower(name), ".exe")
	}
	return account.Program{Name: display.Clean(name, nameLength), Path: path, PID: pid}
}
