// Command keyfob is Keyfob at the terminal and for scripts: import a profile, sign in, print an access token.
//
// It is a client of the agent, which holds the tokens. Where no agent runs it starts one: the desktop program
// where that is installed and there is a desktop session, else itself, headless (keyfob agent). It is a program of its
// own, static and without a window toolkit, because a windowed program on Windows cannot print, and because a machine
// without a display must be able to use Keyfob.
//
// One file holds one command. Every command but login leaves the browser alone. Tokens are printed by the commands that
// are for it (token, header, kube, git), and by no other. What goes wrong is said by the words package; exit codes are
// in exit.go. The fast way of token, header and run is in internal/express; what it leaves is done here.
//
// It may import everything of ours but ui and demo.
package main
