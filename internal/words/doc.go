// Package words is the one place where states and errors become sentences for people.
//
// Window, tray, command line and the browser's page all speak through it, so that one thing has one message, one next
// step and one code wherever it shows: Status of an account, Of an error. Rules for every sentence here:
//
//   - What happened first, in plain words and in the person's terms ("Acme", not "the authorization server").
//   - Then one thing to do next. If nothing is to be done, say so.
//   - No jargon in the first line; the technical cause stays in Detail, one click deeper.
//   - Sentence case; no exclamation marks; times as people say them.
//   - Arguments are shown as they come: whoever made the fault has cleaned them.
//
// It may import: internal/fault, account.
package words
