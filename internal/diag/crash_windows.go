package diag

// NoCore has nothing to do: Windows keeps a crashed program's memory for those only who asked for GOTRACEBACK=wer.
func NoCore() {}
