package doctor

import "io/fs"

// On Windows the agent writes an access list with the current user alone at each start; the mode says nothing.

func ours(fs.FileInfo) bool { return true }
func open(fs.FileInfo) bool { return false }
