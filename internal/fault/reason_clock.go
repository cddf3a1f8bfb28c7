package fault

// Which way the clock of this computer is off: reasons of ClockWrong. "apart" is how far, as time.Duration writes it;
// "host" whose clock it is compared with, where that is not the account's provider.
const (
	ClockBehind Reason = "behind" // ours is late: "apart", "host"
	ClockAhead  Reason = "ahead"  // ours is early: "apart", "host"
)
