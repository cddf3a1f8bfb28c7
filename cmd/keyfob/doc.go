// Command keyfob is Keyfob at the terminal and for scripts: import a profile, sign in, print an access token.
//
// It is a client of the agent, which holds the tokens. Where no agent runs it starts one: the desktop program where that
// is installed and there is a desktop session, else itself, headless (keyfob agent). It is a program of its own, static
// and without a window toolkit: a windowed program on Windows cannot print, and a machine without a display must be able
// to use Keyfob.
//
// One file has one command. Only login and logout --browser open a browser. Only the commands that are for it print a
// token: token, header, kube and git.
//
// Everything that a person reads is a text of package words. What --help shows has keys that follow from the path of the
// command (texts.go). What goes wrong is a fault, printed in one place with its exit code (exit.go). Package fastpath
// answers token, header and run in their plainest form before this program is initialised; what it does not know is done
// here.
//
// It may import everything of ours but ui and demo.
package main
