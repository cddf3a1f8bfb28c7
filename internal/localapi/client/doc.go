// Package client asks the agent over its socket, and finds or starts it first.
//
// Ensure finds the agent that is there, wherever it listens, or starts one. A Client asks it: one method for each
// request of the local API. What it makes of a response is plain data of account, or the fault.Error that the agent
// sent.
//
// It may import: account, apicall, profile, storage, localapi/wire, localapi/peer, internal/…, and not the server:
// programs that only ask do not link it.
//
// It follows RFC 9112 (HTTP/1.1) and the event stream format of the HTML standard, section 9.2, as far as the agent
// uses it.
package client
