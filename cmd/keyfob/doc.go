// Command keyfob is Keyfob at the terminal and for scripts: it imports profiles, signs in, and prints access tokens.
//
// It is a client of the agent, which holds the tokens. Where no agent runs it starts one: the desktop program where
// that is installed and there is a desktop session, else itself without a window (keyfob agent). It is a static
// program without a window toolkit, because a windowed program cannot print to a console of Windows, and because
// Keyfob must work on a computer without a display.
//
// A command is a file with a function newX(t *terminal) *cobra.Command. The type terminal is all that commands have
// in common: streams, colours, questions, reports. A command with options or with several steps has a type of its
// own. What several commands do is a function in a file named for it: accesstoken.go, signout.go, account.go,
// connect.go.
//
// To add a command, write its file and name it in newRoot in root.go. Its texts stand in the catalogue
// (internal/words/catalogue) under keys that follow from its path; a test tells which are missing.
//
// Only login, and logout where it is asked to, open the browser. Only token, header, run, kube and git give out
// tokens. Package words says what goes wrong; exit.go has the exit codes. Package fastpath answers the plainest
// token, header and run commands before the rest of the program is initialised; every other form of them is answered
// here.
//
// It may import everything of ours but ui and demo.
//
// It follows RFC 6750 section 2.1 (header), RFC 6749 section 5.1 (the names in token --json), gitcredentials(7) and
// git-credential(1) (git), and client.authentication.k8s.io (kube).
package main
