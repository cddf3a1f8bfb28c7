package main

import (
	"io"
	"slices"
	"strings"

	"keyfob/internal/challenge"
	"keyfob/internal/fault"
)

// gitQuestion is what git says about the host that it wants to sign in to: lines of name=value up to an empty one, as
// in git-credential(1).
type gitQuestion struct {
	protocol, host, path string
	username             string   // the user name in the repository's URL; mostly empty
	capabilities         []string // what this git can do
	challenges           []string // the host's WWW-Authenticate headers, since git 2.41
}

// readGitQuestion reads a question strictly. A URL with an escaped line break once added a line to the question, and
// several helpers then sent a token to the wrong host (CVE-2020-5260). The errors quote nothing of what was read.
func readGitQuestion(r io.Reader) (q gitQuestion, err error) {
	const most = 64 << 10
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return q, misused(fault.UsageGitBrokeOff)
	case len(data) > most:
		return q, misused(fault.UsageGitTooLong)
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		if line == "" {
			break
		}
		if err := q.line(line); err != nil {
			return q, err
		}
	}
	return q, q.check()
}

func (q *gitQuestion) line(line string) error {
	if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return misused(fault.UsageGitControl)
	}
	name, value, assigned := strings.Cut(line, "=")
	if !assigned {
		return misused(fault.UsageGitUnassigned)
	}
	switch name {
	case "capability[]":
		q.capabilities = append(q.capabilities, value)
	case "wwwauth[]":
		q.challenges = append(q.challenges, value)
	case "protocol":
		return once(&q.protocol, value)
	case "host":
		return once(&q.host, value)
	case "path":
		return once(&q.path, value)
	case "username":
		return once(&q.username, value)
	}
	return nil // a later git may say more
}

// once sets a field that may occur only once. Of two hosts, git and this program might each take a different one.
func once(field *string, value string) error {
	if *field != "" {
		return misused(fault.UsageGitTwice)
	}
	*field = value
	return nil
}

func (q *gitQuestion) check() error {
	switch {
	case q.protocol == "" || q.host == "":
		return misused(fault.UsageGitIncomplete)
	case strings.Trim(q.host, hostLetters) != "":
		return misused(fault.UsageGitHost)
	}
	return nil
}

// hostLetters are the letters of a host name or an IP address, with its port.
const hostLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]"

// url is the URL that git asks for. Git gives the path only where credential.useHttpPath is set.
func (q *gitQuestion) url() string { return q.protocol + "://" + q.host + "/" + q.path }

// bearer tells whether the host asks for a bearer token and this git can send one. GitHub and GitLab do not ask:
// their repositories refuse such a header.
func (q *gitQuestion) bearer() bool {
	return slices.Contains(q.capabilities, "authtype") &&
		slices.ContainsFunc(challenge.Parse(q.challenges), func(c challenge.Challenge) bool {
			return strings.EqualFold(c.Scheme, "Bearer")
		})
}
