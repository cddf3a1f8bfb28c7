package fault

// The reasons of SocketUnsafe when the agent begins to listen at "path".
const (
	UnsafeNotMade       Reason = "not-made"       // the socket cannot be made
	UnsafeNotRestricted Reason = "not-restricted" // its permissions cannot be set
	UnsafeNotRemoved    Reason = "not-removed"    // the socket that a dead agent left cannot be removed
)

// AgentUnreachable is the reason of NoAgent where somebody holds the agent's lock and nobody listens: the process
// "pid", where it said which it is.
const AgentUnreachable Reason = "unreachable"

// The reasons of AgentFailed. Those of the server say why it did not answer in full, those of the client what came of
// looking for an agent or of asking one.
const (
	AgentTooSlow      Reason = "too-slow"      // a call took longer than the agent allows
	AgentStopping     Reason = "stopping"      // the agent ends
	AgentSocketFailed Reason = "socket-failed" // nobody can be accepted at the socket any more
	AgentEnded        Reason = "ended"         // it ended before it answered
	AgentNotStarted   Reason = "not-started"   // the system could not start it
	AgentFewFiles     Reason = "few-files"     // a process may have "files" files open here; it needs "least"
	AgentHolds        Reason = "holds"         // it holds what a restart would lose, for "accounts"
	AgentHasDesktop   Reason = "has-desktop"   // it has a tray, and the one in its place would have none
	AgentNoAnswer     Reason = "no-answer"     // it did not answer within "seconds"
	AgentSilent       Reason = "silent"        // it is there and does not answer: "pid", where that is known
	AgentUnreadable   Reason = "unreadable"    // its answer cannot be read
	AgentBrokeOff     Reason = "broke-off"     // the connection to it broke off
	AgentBadStatus    Reason = "bad-status"    // it answered with "status", and no error that can be read
	AgentNotOurs      Reason = "not-ours"      // the holder of its lock, "pid", is not the process that took it
	AgentNotExpected  Reason = "not-expected"  // who listens at its socket is not the process that holds its lock
)

// The reasons of BadUsage for a request to the agent that breaks a rule.
const (
	UsageWebPage       Reason = "web-page"        // it comes from a web page
	UsageHost          Reason = "host"            // it is for another host than "host"
	UsageNoLength      Reason = "no-length"       // its body has no Content-Length
	UsageNoRequest     Reason = "no-request"      // there is no such request
	UsageMethod        Reason = "method"          // it is asked with "methods"
	UsageBodyTooLarge  Reason = "body-too-large"  // the body is larger than "bytes"
	UsageBodyTooSlow   Reason = "body-too-slow"   // the body did not arrive in time
	UsageBodyCut       Reason = "body-cut"        // the body is not whole
	UsageBody          Reason = "body"            // the body cannot be read: "finding"
	UsageProfileID     Reason = "profile-id"      // that is not the id of a profile
	UsageMinTTLRange   Reason = "min-ttl-range"   // min_ttl is not from 0 to "most" seconds
	UsageRefusedHash   Reason = "refused-hash"    // refused is no SHA-256
	UsageAnswer        Reason = "answer"          // answer is none of "known"
	UsageKeychainUse   Reason = "keychain-use"    // use is none of "known"
	UsageClient        Reason = "client"          // client is none of "known"
	UsageTooManyWatch  Reason = "too-many-watch"  // too many are watching already
	UsageSecretNotText Reason = "secret-not-text" // a client's secret is not text in UTF-8
	UsageNotAskable    Reason = "not-askable"     // that cannot be put into a request
)
