package fastpath

import "time"

// command is a command line of the plainest form: a command, an account, perhaps --min-ttl.
type command struct {
	name string // token, header or run
	id   string
	ttl  time.Duration
	argv []string // what to run
}

const (
	defaultTTL = time.Minute // what --help says; a test of the command line compares
	maxTTL     = 24 * time.Hour
	idBytes    = 64
)

// parse reads a command line. It is not ok where there is anything to think about.
func parse(args []string) (c command, ok bool) {
	if len(args) < 2 {
		return c, false
	}
	c = command{name: args[0], ttl: defaultTTL}
	switch args = args[1:]; c.name {
	case "token", "header":
	case "run":
		if args, c.argv = split(args); len(c.argv) == 0 {
			return c, false
		}
	default:
		return c, false
	}
	return c, c.options(args) && plainID(c.id)
}

// split divides what stands before -- from what stands behind it.
func split(args []string) (before, behind []string) {
	for i, arg := range args {
		if arg == "--" {
			return args[:i], args[i+1:]
		}
	}
	return args, nil
}

func (c *command) options(args []string) bool {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		value, given := prefixed(arg, "--min-ttl=")
		switch {
		case given:
		case arg == "--min-ttl" && len(args) > 0:
			value, args = args[0], args[1:]
		case c.id == "":
			c.id = arg
			continue
		default:
			return false
		}
		ttl, err := time.ParseDuration(value)
		if c.ttl = ttl; err != nil || ttl <= 0 || ttl > maxTTL {
			return false
		}
	}
	return true
}

// plainID tells what can stand in a path as it is. It begins as every id does, and as no flag.
func plainID(id string) bool {
	for _, c := range []byte(id) {
		if !lower(c) && !digit(c) && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return id != "" && len(id) <= idBytes && (lower(id[0]) || digit(id[0]))
}

func lower(c byte) bool { return 'a' <= c && c <= 'z' }
func digit(c byte) bool { return '0' <= c && c <= '9' }

// Variable is the name under which a command that is run finds the token of an account: what every shell allows.
func Variable(id string) string {
	name := []byte(id)
	for i, c := range name {
		switch {
		case lower(c):
			name[i] = c - 'a' + 'A'
		case !digit(c) && (c < 'A' || c > 'Z'):
			name[i] = '_'
		}
	}
	return string(name) + "_ACCESS_TOKEN"
}

// With is an environment with one variable set. One of that name that was there is taken out: of two, some programs
// read the first and some the last.
func With(env []string, name, value string) []string {
	kept := make([]string, 0, len(env)+1)
	for _, v := range env {
		if _, same := prefixed(v, name+"="); !same {
			kept = append(kept, v)
		}
	}
	return append(kept, name+"="+value)
}
