package fault

// Why the desktop program cannot do what it was started for; reasons of BadUsage.
const (
	// FlagUnknown: an argument on the command line is not one of ours, or has a value that it cannot have. "said" is
	// what the library that reads arguments says.
	FlagUnknown Reason = "flag"
	// NothingToCopy: standard input, which should have held a token, was empty or could not be read.
	NothingToCopy Reason = "nothing-to-copy"
)
