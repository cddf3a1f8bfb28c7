package fault

// The reasons of SocketUnsafe that come up when the folder at "path" is made or mended; see reason_doctor.go for those
// that a look finds as well.
const (
	UnsafeWritable     Reason = "writable"       // other users could write to it, and what lies in it may be theirs
	UnsafeNoAccessList Reason = "no-access-list" // its access list cannot be set (Windows)
)

// The reasons of KeychainMissing and KeychainLocked, where the service of the desktop has a way of its own.
const (
	KeychainNoCollection Reason = "no-collection" // the service has nothing that it could keep secrets in
	KeychainNotStarted   Reason = "not-started"   // the desktop can start the service, and nobody asked for that
	KeychainAsks         Reason = "asks"          // it is open, and asks a person about each program that was started
)

// DiskForeignHome is the reason of DiskTrouble where an administrator would make "path" in another user's home.
const DiskForeignHome Reason = "foreign-home"
