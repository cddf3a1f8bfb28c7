// Package trim gives memory back that a program needed to start and will not need again soon. It is a leaf.
//
// The agent is the desktop program without its window. Starting it touches nearly all of its 25 MB of code once,
// and the kernel counts every touched page as agent for as long as the process lives. Handed back, a page that is
// needed after all comes from the page cache in a microsecond.
package trim

import "runtime/debug"

// Memory gives back what is free on the heap and, where the system lets a process say so, the pages of its executable
// file. It is for a moment of rest, after the start.
func Memory() {
	debug.FreeOSMemory()
	executable()
}
