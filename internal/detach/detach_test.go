//go:build unix

package detach

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// TestMain is also the children. "report" tells in a named pipe what it has, "settle" does so once it has settled.
// "run" starts another process, and then becomes a command that tells what it has.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "report":
		report(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "settle":
		Settle()
		report(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "run":
		if _, err := Start([]string{"/bin/true"}); err != nil {
			os.Exit(1)
		}
		GiveBack()
		_ = syscall.Exec(os.Args[0], []string{os.Args[0], "report", os.Args[2]}, os.Environ())
	default:
		goleak.VerifyTestMain(m)
	}
}

// surroundings are what a child has.
type surroundings struct {
	PID, Group  int
	Folder      string
	Environment []string
	Descriptors []int // above the first three, but for those that Go has opened
	Umask       int
	Nice        int    // of the thread that has the most
	FileSize    string // the limit, which has another type on each system
}

func report(pipe string) {
	var s surroundings
	for _, fd := range openDescriptors() {
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); fd > 2 && err == nil && flags&unix.FD_CLOEXEC == 0 {
			s.Descriptors = append(s.Descriptors, fd)
		}
	}
	f, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		os.Exit(1)
	}
	s.PID, s.Group, s.Environment = os.Getpid(), syscall.Getpgrp(), os.Environ()
	s.Folder, _ = os.Getwd()
	s.Umask = unix.Umask(0)
	for _, id := range append(numbersIn("/proc/self/task"), 0) {
		nice, _ := unix.Getpriority(unix.PRIO_PROCESS, id)
		if runtime.GOOS == "linux" {
			nice = 20 - nice // the system call's own scale
		}
		s.Nice = max(s.Nice, nice)
	}
	var limit unix.Rlimit
	_ = unix.Getrlimit(unix.RLIMIT_FSIZE, &limit)
	s.FileSize = fmt.Sprint(limit.Cur)
	_ = json.NewEncoder(f).Encode(s)
	f.Close()
}

// reported starts a child and returns what it reports.
func reported(t *testing.T, start func(self, pipe string) error) surroundings {
	t.Helper()
	t.Setenv("GORACE", "atexit_sleep_ms=0") // else the child of a -race build, and who waits for it, last a second
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(pipe, os.O_RDWR, 0) // read-write: opening does not wait for the writer
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := start(self, pipe); err != nil {
		t.Fatal(err)
	}
	if err := f.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(f).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var s surroundings
	if err := json.Unmarshal(line, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func startReport(self, pipe string) error {
	_, err := Start([]string{self, "report", pipe})
	return err
}

// openToAll opens a file as a shell does, so that whatever this process starts gets it too.
func openToAll(t *testing.T) {
	t.Helper()
	fd, err := syscall.Open(os.DevNull, syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
}

func TestStartLeavesOurSession(t *testing.T) {
	s := reported(t, startReport)
	if s.PID != s.Group || s.Group == syscall.Getpgrp() || s.Folder != "/" {
		t.Fatalf("the child runs in our session or folder: %+v", s)
	}
}

func TestF45AProcessThatLivesOnGetsNoDescriptorOfOurs(t *testing.T) {
	openToAll(t)
	inherits := func(self, pipe string) error { return exec.Command(self, "report", pipe).Start() }
	if s := reported(t, inherits); len(s.Descriptors) == 0 {
		t.Fatal("the test has nothing to hand on")
	}
	if s := reported(t, startReport); len(s.Descriptors) != 0 {
		t.Errorf("it has the descriptors %v", s.Descriptors)
	}
}

// keyfob run may start an agent, and then becomes its caller's command.
func TestF45TheCommandOfACallerFindsItsDescriptors(t *testing.T) {
	openToAll(t)
	become := func(self, pipe string) error { return exec.Command(self, "run", pipe).Start() }
	if s := reported(t, become); len(s.Descriptors) == 0 {
		t.Error("its caller's descriptors are gone")
	}
}

func TestF45AProcessThatLivesOnGetsWhatItNeedsOfTheEnvironment(t *testing.T) {
	secrets := []string{"ACCESS_TOKEN", "GNOME_ACCESS_TOKEN", "XDG_SECRET", "AWS_SECRET_ACCESS_KEY", "OLDPWD"}
	for _, name := range secrets {
		t.Setenv(name, "canary")
	}
	for _, name := range []string{"HOME", "DISPLAY", "XDG_RUNTIME_DIR", "LC_TIME", "https_proxy", "SSL_CERT_FILE"} {
		t.Setenv(name, "needed")
	}
	s := reported(t, startReport)
	all := strings.Join(s.Environment, "\n")
	if strings.Contains(all, "canary") || strings.Count(all, "=needed") != 6 {
		t.Errorf("it has\n%s", all)
	}
}

// The whole of it, as a careless script hands it on.
func TestF45SettlingMendsWhatAScriptHandsOn(t *testing.T) {
	script := `exec 9</dev/null; ulimit -S -f 100; umask 0777; export ACCESS_TOKEN=canary; cd "$3"
		exec nice -n 5 "$1" settle "$2"`
	s := reported(t, func(self, pipe string) error {
		return exec.Command("/bin/sh", "-c", script, "sh", self, pipe, t.TempDir()).Start()
	})
	if len(s.Descriptors) != 0 || s.Umask != usualUmask || s.Folder != "/" || s.FileSize == "51200" ||
		strings.Contains(strings.Join(s.Environment, "\n"), "canary") {
		t.Errorf("it has %+v", s)
	}
	if s.Nice != 0 && os.Geteuid() == 0 { // others may not always
		t.Errorf("it runs with nice %d", s.Nice)
	}
}

func TestF45WindowsNeedsItsOwn(t *testing.T) {
	for name, want := range map[string]bool{"SystemRoot": true, "Path": true, "Demo_Access_Token": false} {
		if isNeeded(name, true) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

func TestStartTellsHowItEnded(t *testing.T) {
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ended, err := Start([]string{self, "report", filepath.Join(t.TempDir(), "missing")})
	if err != nil {
		t.Fatal(err)
	}
	if exit, is := errors.AsType[*exec.ExitError](<-ended); !is || exit.ExitCode() != 1 {
		t.Errorf("it ended with %v", exit)
	}
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	if _, err := Start([]string{"/nonexistent/keyfob"}); err == nil {
		t.Fatal("no error")
	}
}
