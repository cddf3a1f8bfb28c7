// Package words is the one place where states and errors become sentences for people.
//
// Window, tray, command line and the browser's page all speak through it, so that one thing has one message, one next
// step and one code wherever it shows: Status of an account, Of an error, T of anything else. Rules for every sentence:
//
//   - What happened first, in plain words and in the person's terms ("Acme", not "the authorization server").
//   - Then one thing to do next. If nothing is to be done, say so.
//   - No jargon in the first line; the technical cause stays in Detail, one click deeper.
//   - Sentence case; no exclamation marks; times as people say them.
//   - Whole sentences. What stands in a place is a name, a number, a time or a quotation, and no piece of a sentence.
//   - Arguments are shown as they come: whoever made the fault has cleaned them.
//
// # The catalogue
//
// The texts of a language are one file, catalogue/LANGUAGE.json; a new language is a new file. Its keys say where a text
// is used:
//
//	fault.CODE.what, .next       what happened, and what to do next
//	fault.CODE/REASON.what, …    the same for one of the code's reasons, where that has words of its own
//	fault.CODE.cause             why it happens, for docs/errors.md
//	fault.CODE.meanwhile         what to do while Keyfob tries again by itself
//	fault.CODE.when-needed       the same of an account that is a program's own
//	fault.CODE.line              the state of an account on one line, where What is too long
//	KEY+name+other               KEY where these arguments are there
//
// The file has the form of go-i18n, which translators' tools know. This package reads it by itself, with the plural rules
// and numbers of golang.org/x/text: go-i18n renders with text/template, which makes the linker keep every exported method
// of the program, 2.5 MB of the command line; x/text costs 0.3 MB. A test reads each file with go-i18n and compares what
// both make of it. x/text/message's own catalogues were the other choice: they are Go code made by a tool, not a file
// that a translator can have.
//
// It may import: internal/fault, internal/account.
package words
