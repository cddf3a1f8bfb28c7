package view

import (
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// Complaint is an error in words. Some only tell what could not be done besides what was asked for.
func Complaint(err error) words.Line {
	tone := words.Needed
	if code := fault.CodeOf(err); code == fault.RevokeFailed || code == fault.NoBrowserLogout {
		tone = words.Attend
	}
	return words.Line{Text: Sentence(err), Tone: tone}
}

// Sentence is an error in a person's words: what happened and what to do.
func Sentence(err error) string {
	if err == nil {
		return ""
	}
	return both(words.Of(err))
}

func both(m words.Message) string { return words.T("ui.said", "what", m.What, "next", m.Next) }

// SignedOut says until when a token works that no provider could be told of. Else all went as one expects, or there is
// a problem that says so itself.
func SignedOut(r account.SignOutReport, now time.Time) words.Line {
	if !worksOn(r, now) {
		return words.Line{}
	}
	said := words.T("ui.card.signed-out-here", "until", words.Until(r.ValidUntil, now))
	return words.Line{Text: said, Tone: words.Attend}
}

// worksOn tells whether the last access token works though nobody is signed in any more.
func worksOn(r account.SignOutReport, now time.Time) bool {
	return r.Problem == nil && r.NoRevoke && r.ValidUntil.After(now)
}

// Removed says what else there is to know of an account that was removed.
func Removed(name string, r account.SignOutReport, err error, now time.Time) words.Line {
	switch problem := r.Problem; {
	case err != nil:
		return Complaint(err)
	case problem != nil:
		said := Complaint(problem)
		said.Text = words.T("ui.remove.done", "name", name, "but", said.Text)
		return said
	case worksOn(r, now):
		said := SignedOut(r, now)
		said.Text = words.T("ui.remove.done", "name", name, "but", said.Text)
		return said
	}
	return words.Line{}
}

// Banner is what a keychain that cannot be used has to say.
type Banner struct{ What, Next string }

// BannerOf is empty where the keychain can be used, or a person chose to do without.
func BannerOf(k account.Keychain) Banner {
	if k.State != account.KeychainUnusable {
		return Banner{}
	}
	problem := k.Problem
	if problem == nil {
		problem = fault.New(fault.KeychainMissing)
	}
	m := words.Of(problem)
	return Banner{m.What, m.Next}
}
