package view

import (
	"time"

	"keyfob/internal/account"
	"keyfob/internal/words"
)

// Question is what is asked about a program that wants a token. When it changes, it is asked anew.
type Question struct {
	ID       string // of the request; empty: there is no question
	Title    string
	Program  string // its path, or that nobody knows it
	Account  string // and who is signed in
	Means    string // what a yes means
	Deadline string
	Always   bool // can be an answer
}

// QuestionOf is what to ask about r, which wants a token of a.
func QuestionOf(r account.Request, a account.Account, now time.Time) Question {
	q := Question{
		ID:       r.ID,
		Title:    words.T("ui.prompt.title", "program", r.Program.Name, "account", a.Name),
		Program:  r.Program.Path,
		Account:  words.T("ui.prompt.account-of", "account", a.Name, "who", words.Who(a.Who)),
		Means:    words.T("ui.prompt.means", "as", words.ActsAs(a)),
		Deadline: words.T("ui.prompt.deadline", "until", words.Until(r.Expires, now)),
		Always:   r.Program.Path != "",
	}
	switch {
	case r.Program.Stranger:
		q.Program = words.T("ui.prompt.stranger")
	case !q.Always:
		q.Program = words.T("ui.prompt.unknown")
	}
	if r.Program.ByKeyfob {
		q.Program = words.T("ui.prompt.by-keyfob", "program", q.Program)
	}
	return q
}

// MoreWait says how many other programs wait.
func MoreWait(n int) string {
	if n <= 0 {
		return ""
	}
	return words.T("ui.prompt.more", "n", n)
}
