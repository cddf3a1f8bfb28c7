package localapi

import (
	"context"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"keyfob/internal/account"
	"keyfob/internal/display"
)

const (
	ourCommand = "keyfob" // the command line asks for whoever runs it
	nameLength = 40
	pathLength = 400
)

// who finds out what is at the other end of a connection, once, when somebody first wants to know: reading it takes
// longer than a hand-out. Twin files ask the system: exeOf gives the path of a process's executable, parentOf who
// started it.
type who struct {
	once    sync.Once
	program account.Program
}

func (w *who) at(pid int) account.Program {
	w.once.Do(func() { w.program = programOf(pid) })
	return w.program
}

// programOf names the process. Where that is our own command line, whoever ran it is the one that gets the token. When
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

// programOfCall is who sent the request with this context.
func programOfCall(ctx context.Context) account.Program {
	if g := guestOf(ctx); g != nil {
		return g.who.at(g.caller.PID)
	}
	return account.Program{Name: "A program"}
}
