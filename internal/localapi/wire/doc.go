// Package wire has what crosses the socket of the local API, beside the types of account and the profile file: the
// bodies of requests and responses, the names of events, and the limits that both sides know.
//
// The server (localapi) and the client (localapi/client) share it, so that neither links the other. A token, a key and
// a client's secret become plain characters in the Encode methods here and nowhere else on the way; a refresh token has
// no field anywhere.
//
// It may import: account, internal/…. docs/agent-api.json describes each of the types; a test holds the two together.
package wire
