// Package view decides what the window shows: it turns a snapshot and what the window itself knows into words and
// choices, as plain data. It draws nothing and keeps nothing, so that every state is tested with a struct.
//
// The files: page.go (all below the sheets, and when it changes by itself), card.go (an account's card), facts.go (what
// stands on it in a lower voice), choice.go (what can be done), details.go (the technical side), question.go (a program
// that waits for an answer), secret.go (a secret that is not taken), said.go (answers and errors as lines).
//
// What can be done with an account is what its Actions say; no kind of account is known here.
//
// It may import: account, words, internal/…
package view
