// Package fastpath answers keyfob token, header and run before the rest of the program is there.
//
// A script may ask for a token before each of its requests, and then the start of the program is what it waits for. A
// third of that goes into packages that initialise themselves: cryptography, TLS, tables of the protocol. None of them
// is needed to hand on what the agent says. So this package works in its own initialisation, and imports next to
// nothing, so that its turn comes among the first (the linker orders by what depends on what): one connection, one
// request, one answer, out. Package strings would already cost that place, as package unicode comes with it; a test
// looks after it.
//
// It does that for the plainest form of these commands alone, and says nothing of its own but that it waits. Whatever
// is not as it should be (another flag, nobody who listens, a refusal, an answer with a remark) is left to the program
// proper, which knows what to say, with the answer where there is one (Answer): to ask twice could make a person answer
// twice. So what is here decides how fast a token comes, and not which; the scripts that test the command line run
// through it.
//
// It is for Linux; elsewhere it does nothing. It is a leaf: it imports nothing of ours.
package fastpath
