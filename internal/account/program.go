package account

import "time"

// Program is who asks for a token, as far as the system tells. Name and Path are cleaned for display.
type Program struct {
	Name string `json:"name"`           // the name of its executable, without folder
	Path string `json:"path,omitempty"` // of its executable; empty where the system does not tell
	PID  int    `json:"pid,omitempty"`  // 0 where the system does not tell
	// ByKeyfob is set where it asked through Keyfob's command line; Name, Path and PID are those of who ran that.
	ByKeyfob bool `json:"by_keyfob,omitempty"`
	// Stranger is set where it has other files or processes around it than Keyfob has, as in a container.
	Stranger bool `json:"stranger,omitempty"`
}

// Request is a program that waits until a person says whether it may have a token.
type Request struct {
	ID      string    `json:"id"`
	Account string    `json:"account"` // the profile's id
	Program Program   `json:"program"`
	Started time.Time `json:"started"`
	Expires time.Time `json:"expires"` // when not to answer means no
}

// Answer is what a person says to a Request: a closed set.
type Answer string

// The answers.
const (
	Once    Answer = "once"
	AnHour  Answer = "hour"
	Always  Answer = "always" // only where the program's path is known
	Refused Answer = "no"
)

// HandOut is one line of the ledger: a program had tokens of an account, or was refused them.
type HandOut struct {
	Account string    `json:"account"`
	Program Program   `json:"program"`
	First   time.Time `json:"first"`
	Last    time.Time `json:"last"`
	Count   int       `json:"count"`             // hand-outs between the two
	Until   time.Time `json:"until,omitzero"`    // how long the last token is valid
	Refused bool      `json:"refused,omitempty"` // it got none
}

// Policy is who may have tokens of an account.
type Policy struct {
	AskFirst bool     `json:"ask_first"`
	Always   []string `json:"always,omitempty"` // paths of programs that are not asked about
}
