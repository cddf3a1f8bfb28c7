// Package fastpath runs keyfob token, header and run before the rest of the program is initialised.
//
// A script may ask for a token before each of its requests. Then the start of the program is what it waits for. A third
// of that time goes into packages that initialise themselves: cryptography, TLS, tables of the protocol. A token that
// the agent has in memory needs none of them. So this package works in its own initialisation. It imports next to
// nothing, so that the linker, which orders packages by their imports, initialises it among the first: one connection,
// one request, one response, and the program ends. Package strings would already cost that place, since it imports
// package unicode. A test checks the imports.
//
// It knows the plainest form of these commands, and one response: a bearer token. Everything else is left to the
// program proper, with the agent's response if there is one (Answer): another flag, no agent, a refusal, a token with a
// note or of another type, a response with a member that is not known here. The response goes along because to ask
// twice could make a person answer twice. So this package decides how fast a token comes, and not which. The scripts
// that test the command line run through it.
//
// It is for Linux; on other systems it does nothing. It is a leaf: it imports nothing of ours. The request and the
// response follow RFC 9112 (HTTP/1.1), the header RFC 6750 section 2.1.
package fastpath
