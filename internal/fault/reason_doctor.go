package fault

// The reasons of SocketUnsafe that somebody sees who only looks: what is wrong at path.
const (
	UnsafeNoFolder Reason = "no-folder" // it is not a folder
	UnsafeNoSocket Reason = "no-socket" // it is not a socket
	UnsafeHidden   Reason = "hidden"    // it cannot be looked at
	UnsafeForeign  Reason = "foreign"   // it belongs to another user
	UnsafeOpen     Reason = "open"      // it is open to other users
)

// OfflineProxy is the reason of Offline where the address of the proxy cannot be read.
const OfflineProxy Reason = "proxy"

// BrowserNoOpener is the reason of BrowserFailed where nothing here opens a browser: "openers".
const BrowserNoOpener Reason = "no-opener"
