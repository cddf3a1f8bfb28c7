package fastpath

import (
	"strconv"
	"time"
)

// Waiting is said when a response takes longer than Patience: a renewal takes less, a person takes their time.
const (
	Waiting  = "keyfob: waiting. Keyfob may be asking you in its window; Ctrl-C ends this.\n"
	Patience = 2 * time.Second
)

// request is what the agent's own client sends, without what is of no use here.
func (c command) request() []byte {
	seconds := int64((c.ttl + time.Second - 1) / time.Second)
	body := `{"min_ttl":` + strconv.FormatInt(seconds, 10) + `}`
	return []byte("POST /v1/profiles/" + c.id + "/token HTTP/1.1\r\nHost: keyfob\r\nContent-Type: application/json\r\n" +
		"Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
}

// answer takes a response apart. It is whole when the body is as long as the header says, and not before.
func answer(got string) (status, body string, whole bool) {
	head, body, found := cut(got, "\r\n\r\n")
	line, fields, _ := cut(head, "\r\n")
	status, ours := prefixed(line, "HTTP/1.1 ")
	if !found || !ours || len(status) < 3 {
		return "", "", false
	}
	_, length, found := cut("\r\n"+fields+"\r\n", "\r\nContent-Length: ")
	length, _, _ = cut(length, "\r\n")
	n, err := strconv.Atoi(length)
	return status[:3], body, found && err == nil && n == len(body)
}

// endless tells whether a response's header is whole and does not say how long the body is. The connection stays open,
// so that to wait for the end would be to wait for the agent to hang up.
func endless(got string) bool {
	head, _, found := cut(got, "\r\n\r\n")
	_, _, sized := cut(head, "\r\nContent-Length: ")
	return found && !sized
}

// token reads the one response that is known here: a bearer token, of which at most the expiry and the scope are told.
// One of another type, one with a note, and one with a member that came later are left to the program proper. So is
// whatever would have to be decoded.
func token(body string) (token string, ok bool) {
	rest, ok := prefixed(body, `{"access_token":"`)
	token, rest, ended := cut(rest, `"`)
	if !ok || !ended || !plain(token) {
		return "", false
	}
	if rest, ok = prefixed(rest, `,"token_type":"Bearer"`); !ok {
		return "", false
	}
	return token, knownEnd(rest)
}

// knownEnd tells whether rest is the end of a response, with nothing in it but the members that are known here.
func knownEnd(rest string) bool {
	for _, member := range []string{`,"expires_at":"`, `,"scope":"`} {
		if value, there := prefixed(rest, member); there {
			text, after, ended := cut(value, `"`)
			if !ended || !printable(text) {
				return false
			}
			rest = after
		}
	}
	return rest == "}\n"
}

// plain tells what fits into a header and stands in JSON as it is.
func plain(s string) bool {
	_, _, blank := cut(s, " ")
	return s != "" && !blank && printable(s)
}

func printable(s string) bool {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// cut and prefixed are strings.Cut and strings.CutPrefix; doc.go says why.
func cut(s, sep string) (before, after string, found bool) {
	for i := 0; i+len(sep) <= len(s); i++ {
		if s[i:i+len(sep)] == sep {
			return s[:i], s[i+len(sep):], true
		}
	}
	return s, "", false
}

func prefixed(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || s[:len(prefix)] != prefix {
		return s, false
	}
	return s[len(prefix):], true
}
