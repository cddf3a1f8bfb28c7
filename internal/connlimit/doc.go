// Package connlimit bounds the connections of a server that strangers can reach, without turning anybody away.
//
// The callback's listener, the gateway and the demo provider answer on loopback, where every program and every user of
// the machine can knock. A server that refuses new connections when it is full would let a stranger lock out the one
// caller that matters. So a full Limit closes the oldest connection instead, after a grace period in which each may say
// what it wants. A handler that knows its caller exempts that connection: it is not closed any more.
//
//	limit := connlimit.New(256)
//	server := &http.Server{Handler: h, ConnContext: connlimit.ConnContext}
//	server.Serve(limit.Listener(l)) // several listeners may share one Limit
//
// and in a handler, as soon as the caller has shown who they are:
//
//	connlimit.Exempt(r.Context())
//
// A Limit counts connections. How long one may be silent is up to the server's time-outs. It is a leaf: it imports
// nothing of ours.
package connlimit
