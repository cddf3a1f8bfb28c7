package doctor

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"keyfob/internal/diag"
	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// logBytes is how much of the log's end is in a bundle.
const logBytes = 32 << 10

// Bundle is what support needs, as one text: the checks, the state of the accounts, the profile files, and the end of
// the diagnostic log. It names its contents one by one, so that a new field of a snapshot does not get in by itself.
// After that it is cleaned as the log is, and the names of known persons are replaced.
func (r *Report) Bundle() string {
	text := words.T("doctor.bundle.introduction") + "\n" +
		chapter(words.T("doctor.bundle.checks"), cleaned(r.told())) +
		chapter(words.T("doctor.bundle.accounts"), cleaned(r.accounts()))
	for _, v := range r.visits {
		text += chapter(words.T("doctor.bundle.profile", "id", v.id), v.shown()+"\n")
	}
	text += chapter(words.T("doctor.bundle.log"), cleaned(tail(r.log)))
	return visible(r.impersonal().Replace(text))
}

func chapter(heading, text string) string { return "\n== " + heading + " ==\n" + text }

// Keep writes a bundle to a file that was not there, for the current user alone. The error is
// fault.DiskTrouble.
func Keep(path, bundle string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // it follows no link
	if err == nil {
		_, err = f.WriteString(bundle)
		if closed := f.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		return fault.New(fault.DiskTrouble, "path", path).Because(err)
	}
	return nil
}

// told has the checks, one a line.
func (r *Report) told() string {
	var b strings.Builder
	fmt.Fprintf(&b, "keyfob %s, %s/%s, %s\n", r.Version, r.OS, r.Arch, r.At.Format(time.RFC3339))
	for _, c := range r.Checks {
		name := strings.TrimSpace(c.Profile + " " + c.Name) // a check of this computer has no account before it
		fmt.Fprintf(&b, "%-7s  %s\n", c.State, words.T("doctor.bundle.check",
			"name", name, "told", c.Told(), "took", words.Took(time.Duration(c.TookMS)*time.Millisecond)))
	}
	return b.String()
}

// accounts has the state of the accounts. It leaves out the arguments of faults, because some name persons.
func (r *Report) accounts() string {
	if r.snapshot == nil {
		return words.T("doctor.bundle.no-agent")
	}
	var b strings.Builder
	for i := range r.snapshot.Accounts {
		a := &r.snapshot.Accounts[i]
		if r.only != "" && r.only != a.ID {
			continue
		}
		token := words.T("doctor.bundle.no-token")
		if !a.Until.IsZero() {
			token = words.T("doctor.bundle.until", "until", a.Until.UTC().Format(time.RFC3339))
		}
		fmt.Fprintln(&b, words.T("doctor.bundle.account",
			"id", a.ID, "status", string(a.Status), "token", token, "renews", a.Renews, "saved", a.Saved))
		for _, f := range append(a.Notices[:len(a.Notices):len(a.Notices)], a.Problem) {
			if f != nil {
				fmt.Fprintf(&b, "  %v\n", f)
			}
		}
	}
	return b.String()
}

// shown is the file as it is. Parse accepts no file with a secret; a file that it did not accept is left out.
func (v *visit) shown() string {
	if v.problem != nil {
		return words.T("doctor.bundle.left-out", "problem", words.Of(v.problem).What)
	}
	return string(v.file)
}

// tail is the end of a file, in whole lines.
func tail(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return words.T("doctor.bundle.no-log")
	}
	defer f.Close()
	at, err := f.Seek(-logBytes, io.SeekEnd)
	if err != nil { // it is shorter
		at, _ = f.Seek(0, io.SeekStart)
	}
	data, _ := io.ReadAll(io.LimitReader(f, logBytes))
	text := string(data)
	if at > 0 {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// cleaned removes what looks like a secret, as the log does, and what looks like an e-mail address, because providers
// put that of the person into their errors. The log would take the code of a fault, which support asks for, for the
// code of a callback. A code of the form that only ours have gets another name, and stays.
func cleaned(text string) string {
	ours := regexp.MustCompile(`"code":( ?"[a-z]+(?:-[a-z]+)*")`)
	mail := regexp.MustCompile(`[^\s"'<>()\[\]{},;:=&/\\|]+(?:@|%40)[^\s"'<>()\[\]{},;:=&/\\|]+`)
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = ours.ReplaceAllString(strings.TrimRight(line, "\r\n"), `"fault_code":$1`)
		b.WriteString(mail.ReplaceAllString(diag.Clean(line), words.T("doctor.bundle.email")) + "\n")
	}
	return b.String()
}

// impersonal replaces what is known about who is signed in, wherever it stands: as it is, in JSON, in a URL. The path
// of the home folder has the name of the person as well.
func (r *Report) impersonal() *strings.Replacer {
	const shortest = 3 // bytes: what is shorter is everywhere
	var pairs []string
	replace := func(what, by string) {
		if len(what) < shortest {
			return
		}
		quoted := strconv.Quote(what)
		pairs = append(pairs, what, by, quoted[1:len(quoted)-1], by, url.QueryEscape(what), by)
	}
	if r.snapshot != nil {
		for _, a := range r.snapshot.Accounts {
			if a.Who != nil {
				replace(a.Who.Email, words.T("doctor.bundle.email"))
				replace(a.Who.Subject, words.T("doctor.bundle.subject"))
				replace(a.Who.Name, words.T("doctor.bundle.name"))
			}
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		replace(home, "~")
	}
	return strings.NewReplacer(pairs...)
}

// visible replaces what would move the cursor or change the direction of writing by its number, as JSON writes it. A
// terminal then shows everything that is in the text.
func visible(text string) string {
	var b strings.Builder
	for _, c := range text {
		switch {
		case c == '\r':
		case c == '\n', c == '\t', unicode.IsPrint(c):
			b.WriteRune(c)
		default:
			fmt.Fprintf(&b, `\u%04x`, c)
		}
	}
	return b.String()
}
