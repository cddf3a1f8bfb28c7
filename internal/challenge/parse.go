package challenge

import "strings"

// Limits of one response. No honest server comes near them.
const (
	maxBytes      = 8 << 10 // of all field lines together
	maxChallenges = 16
	maxParams     = 32 // of one challenge
)

// Challenge is one way of proving who one is that a server would accept.
type Challenge struct {
	Scheme  string            // as sent; compared without regard to case
	Params  map[string]string // by lower-case name, values unquoted; nil where there are none
	Token68 string            // what some schemes send in place of parameters
}

// Parse reads the field lines of WWW-Authenticate in their order. Lines that exceed the limit of 8 KB together, and
// lines with control characters, are not read. Of two parameters of one name in a challenge, which RFC 9110 §11.2
// forbids, the first counts. The result holds 16 challenges at most, each with 32 parameters at most.
func Parse(lines []string) []Challenge {
	var p parser
	left := maxBytes
	for _, line := range lines {
		if left -= len(line); left < 0 {
			break
		}
		if !strings.ContainsFunc(line, control) {
			p.line(line)
		}
	}
	return p.found
}

func control(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

// parser reads line by line. A challenge may go on in the next line: §5.3 makes one list of all.
type parser struct {
	scanner

	found []Challenge
	open  bool // the last one found may get more parameters
}

func (p *parser) line(s string) {
	p.scanner = scanner{s}
	for p.skip(" \t,"); p.rest != ""; p.skip(" \t,") {
		if !p.element() {
			return
		}
		p.skipElement()
	}
}

// element reads what stands between two commas: a parameter of the challenge before it, or a scheme with its first
// parameter or its token68. It returns false where the list is long enough.
func (p *parser) element() bool {
	if name, value, assigned := p.param(); assigned {
		p.add(name, value)
		return true
	}
	scheme := p.token()
	p.open = scheme != "" && (p.rest == "" || strings.ContainsRune(" \t,", rune(p.rest[0])))
	if !p.open {
		return true
	}
	if len(p.found) == maxChallenges {
		return false
	}
	p.found = append(p.found, Challenge{Scheme: scheme})
	p.skip(" \t")
	if name, value, assigned := p.param(); assigned && value != nil {
		p.add(name, value)
	} else {
		p.found[len(p.found)-1].Token68 = p.token68()
	}
	return true
}

// add gives the open challenge a parameter. A nil value could not be read.
func (p *parser) add(name string, value *string) {
	if !p.open || value == nil {
		return
	}
	c := &p.found[len(p.found)-1]
	name = strings.ToLower(name)
	if _, twice := c.Params[name]; twice || len(c.Params) == maxParams {
		return
	}
	if c.Params == nil {
		c.Params = make(map[string]string)
	}
	c.Params[name] = *value
}
