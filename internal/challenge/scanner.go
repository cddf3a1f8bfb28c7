package challenge

import "strings"

// scanner takes the pieces of RFC 9110's grammar off the front of a line. What is not there is not taken.
type scanner struct{ rest string }

func (s *scanner) skip(set string) { s.rest = strings.TrimLeft(s.rest, set) }

// take returns the longest start that consists of bytes that belong.
func (s *scanner) take(belongs func(byte) bool) string {
	n := 0
	for n < len(s.rest) && belongs(s.rest[n]) {
		n++
	}
	taken := s.rest[:n]
	s.rest = s.rest[n:]
	return taken
}

func (s *scanner) token() string { return s.take(isToken) }

// param takes an auth-param (§11.2). assigned tells that there was a name with its equals sign; without them nothing is
// taken. value is nil where what follows them is no value, or does not end where the element does.
func (s *scanner) param() (name string, value *string, assigned bool) {
	start := *s
	name = s.token()
	s.skip(" \t")
	if name == "" || !strings.HasPrefix(s.rest, "=") {
		*s = start
		return "", nil, false
	}
	s.rest = s.rest[1:]
	s.skip(" \t")
	v, ok := s.value()
	if !ok || !s.atEnd() {
		*s = start
		return name, nil, true
	}
	return name, &v, true
}

func (s *scanner) value() (string, bool) {
	if strings.HasPrefix(s.rest, `"`) {
		return s.quoted()
	}
	v := s.token()
	return v, v != ""
}

// quoted takes a quoted-string (§5.6.4) and returns what is in it. false: it has no end.
func (s *scanner) quoted() (string, bool) {
	var b strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return b.String(), true
		case c == '\\' && i+1 < len(s.rest):
			i++
			b.WriteByte(s.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// token68 takes what §11.2 calls so, or nothing.
func (s *scanner) token68() string {
	start := *s
	if s.take(isToken68) != "" {
		s.skip("=")
		taken := start.rest[:len(start.rest)-len(s.rest)]
		if s.atEnd() {
			return taken
		}
	}
	*s = start
	return ""
}

// atEnd skips spaces, and tells whether a comma or nothing follows.
func (s *scanner) atEnd() bool {
	s.skip(" \t")
	return s.rest == "" || s.rest[0] == ','
}

// skipElement goes to the next comma that is not in a quoted-string, or to the end.
func (s *scanner) skipElement() {
	for s.rest != "" && s.rest[0] != ',' {
		if s.rest[0] != '"' {
			s.rest = s.rest[1:]
		} else if _, ok := s.quoted(); !ok {
			s.rest = ""
		}
	}
}

// isToken is tchar of §5.6.2.
func isToken(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0 }

func isToken68(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("-._~+/", c) >= 0 }

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
