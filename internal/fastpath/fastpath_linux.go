package fastpath

import (
	"os"
	"strconv"
	"syscall"
	"time"
)

// answered is the body of the agent's response.
var answered string

// Answer is the body of the agent's response where this package left it to the program proper. It is empty where the
// agent was not asked, or gave no whole response.
func Answer() string { return answered }

func init() {
	if c, ok := parse(os.Args[1:]); ok {
		c.serve()
	}
}

// serve runs the command and ends the program, where everything is as usual. Where it is not, serve returns.
func (c command) serve() {
	path, ok := c.executable()
	if !ok {
		return
	}
	noCore()
	status, body, ok := ask(socket(), c.request())
	if !ok {
		return
	}
	if token, known := token(body); known && status == "200" {
		c.finish(path, token)
	}
	answered = body
}

// finish prints the token or runs the command, and does not come back, unless that fails.
func (c command) finish(path, token string) {
	switch c.name {
	case "token":
		say(token)
	case "header":
		say("Authorization: Bearer " + token)
	case "run":
		env := With(os.Environ(), "ACCESS_TOKEN", token)
		_ = syscall.Exec(path, c.argv, With(env, Variable(c.id), token))
	}
}

func say(line string) {
	if _, err := os.Stdout.WriteString(line + "\n"); err == nil {
		os.Exit(0)
	}
}

// executable finds what is to be run, before a token is asked for. It knows the usual cases alone. A PATH with "." in
// it, say, is left to the program proper, which refuses what it finds there.
func (c command) executable() (path string, ok bool) {
	if c.name != "run" {
		return "", true
	}
	name := c.argv[0]
	if _, _, slash := cut(name, "/"); slash {
		return name, runnable(name)
	}
	for dirs := os.Getenv("PATH"); dirs != ""; {
		var dir string
		if dir, dirs, _ = cut(dirs, ":"); dir == "" || dir[0] != '/' {
			return "", false
		}
		if path = dir + "/" + name; runnable(path) {
			return path, true
		}
	}
	return "", false
}

func runnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// noCore keeps a crash from writing the memory to a file, as diag.NoCore does in the program proper.
func noCore() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = min(1, limit.Max)
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit)
	}
}

// socket is the path at which an agent listens as a rule. The program proper looks at the other paths. Whose the folder
// is does not matter here: ask makes sure that the agent is our user's.
func socket() string {
	base := os.Getenv("XDG_RUNTIME_DIR")
	if base == "" || base[0] != '/' { // as the XDG specification wants it
		base = "/run/user/" + strconv.Itoa(os.Geteuid())
	}
	return base + "/keyfob/agent.sock"
}

// ask sends the request to the agent at path and waits for its whole response. It sends nothing to another user's
// process. It has no deadline: the agent has one, and a person who waits has Ctrl-C.
func ask(path string, request []byte) (status, body string, ok bool) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", "", false
	}
	defer syscall.Close(fd)
	if syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}) != nil {
		return "", "", false
	}
	who, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	if err != nil || int(who.Uid) != os.Geteuid() {
		return "", "", false
	}
	if n, err := syscall.Write(fd, request); err != nil || n != len(request) {
		return "", "", false
	}
	patience(fd, Patience)
	return read(fd)
}

// patience sets the time after which a read fails; 0 means never.
func patience(fd int, d time.Duration) {
	timeout := syscall.NsecToTimeval(int64(d))
	_ = syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &timeout)
}

func read(fd int) (status, body string, whole bool) {
	const most = 1 << 20
	for got := make([]byte, 0, 8<<10); !whole && len(got) < most; {
		if len(got) == cap(got) {
			got = append(got, 0)[:len(got)]
		}
		n, err := syscall.Read(fd, got[len(got):cap(got)])
		if err == syscall.EINTR {
			continue
		}
		if err == syscall.EAGAIN {
			_, _ = os.Stderr.WriteString(Waiting)
			patience(fd, 0)
			continue
		}
		if err != nil || n == 0 {
			break
		}
		got = got[:len(got)+n]
		if status, body, whole = answer(string(got)); !whole && endless(string(got)) {
			break
		}
	}
	return status, body, whole
}
