// Package bind opens ports of this computer that are Keyfob's alone, and tells why one cannot be opened. The callback,
// the gateway and the demo provider listen by it.
//
// It is a leaf: of ours it imports internal/fault.
package bind
