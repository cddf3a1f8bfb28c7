// Package localapi is the server of the local API: HTTP/1.1 with JSON over a socket of the user's own.
//
// The agent serves (Listen, NewServer, Serve). Window, tray and command line ask through localapi/client, which does
// not link this package; what crosses the socket is in localapi/wire. HTTP is used because every tool speaks it
// (`curl --unix-socket … http://keyfob/v1/status`) and because streams, deadlines and limits are in the standard
// library. What keeps it safe:
//
//   - the socket is 0600 in a folder that is 0700 and ours, or it is not opened (listen.go);
//   - the kernel tells who is at the other end, and another user is turned away before a byte is read (conn.go,
//     localapi/peer);
//   - the number of connections is bounded (conn.go);
//   - every request has a size, a deadline and the host name "keyfob"; one that comes from a web page is refused
//     (server.go, request.go);
//   - whoever watches, waits or calls itself the window takes no place of a person's (stream.go, window.go);
//   - a program's executable is known, as far as the system tells (program.go), and access lets it in or not
//     (access.go); it is that of the process that connected, for as long as that lives (conn.go);
//   - a program with other files or processes around it, as in a container, may look and ask, and nothing else
//     (strangersMay in server.go);
//   - nothing that is sent holds a refresh token: the types in wire and in account have no place for one.
//
// An error crosses the socket as the fault.Error that it is, so that a caller words it as if it had happened at home.
//
// What can be asked is described in docs/agent-api.md, and to the letter in docs/agent-api.json, which a test holds
// against the routes and against what they answer.
//
// It may import: account, profile, storage, access, words, localapi/wire, localapi/peer, internal/…. The Keeper it
// serves is an interface that it declares itself.
//
// It follows RFC 9110 and RFC 9112 (HTTP), RFC 6750 section 5.3 (tokens are not cached) and the event stream format
// of the HTML standard, section 9.2.
package localapi
