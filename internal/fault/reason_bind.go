package fault

// The reasons of PortsBusy and DemoPortBusy. Without one, other programs are at the addresses.
const (
	BindDenied    Reason = "denied"     // the system does not let Keyfob have the port
	BindMissing   Reason = "no-address" // the computer does not have the address, as ::1 where IPv6 is off
	BindExhausted Reason = "exhausted"  // no more files or connections can be opened
	BindFailed    Reason = "failed"     // something else; the system's words are "said"
	BindSeveral   Reason = "several"    // a different one for each address; the system's words are "said"
)
