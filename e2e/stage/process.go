//go:build linux

package stage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// patience is how long a program that was told to end may take before it is killed.
const patience = 5 * time.Second

// Process is a program on the stage that we started ourselves.
type Process struct {
	Name string
	cmd  *exec.Cmd
	log  string        // file with its output
	done chan struct{} // closed when it has ended
	err  error         // how it ended; read after done
}

// start runs a program with the stage's environment and its output in a log file. It gets a process group of its own,
// and dies with us even if we are killed. (The kernel means the thread that started it; Go's threads stay.)
func (s *Stage) start(cmd *exec.Cmd) (*Process, error) {
	name := filepath.Base(cmd.Path)
	out, err := os.CreateTemp(s.Path("log"), name+"-*.log")
	if err != nil {
		return nil, err
	}
	defer out.Close()
	cmd.Env = append(slices.Clone(s.env), cmd.Env...)
	cmd.Dir = s.Path("home")
	if cmd.Stdout == nil {
		cmd.Stdout = out
	}
	cmd.Stderr = out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{Name: name, cmd: cmd, log: out.Name(), done: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	s.running = append(s.running, p)
	return p, nil
}

// PID is the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// ExitCode is how the process ended; -1 before.
func (p *Process) ExitCode() int {
	select {
	case <-p.done:
		return p.cmd.ProcessState.ExitCode()
	default:
		return -1
	}
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits for the process to end by itself.
func (p *Process) Wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return fmt.Errorf("%s did not end: %w", p.Name, ctx.Err())
	}
}

// End asks the process to end, and kills it if it does not.
func (p *Process) End() error {
	select {
	case <-p.done:
		return nil
	default:
	}
	if err := endAll([]int{p.PID()}); err != nil {
		return err
	}
	<-p.done // its exit code is known
	return nil
}

// Output is what the process has printed so far, to both its outputs.
func (p *Process) Output() string {
	data, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// Logs is the output of everything that ran on the stage, for a test that failed.
func (s *Stage) Logs() string {
	var b strings.Builder
	files, _ := filepath.Glob(s.Path("log/*.log"))
	for _, file := range append(files, s.diagnosticLogs()...) {
		data, err := os.ReadFile(file)
		if err == nil && len(bytes.TrimSpace(data)) > 0 {
			fmt.Fprintf(&b, "--- %s\n%s\n", filepath.Base(file), data)
		}
	}
	return b.String()
}

func (s *Stage) diagnosticLogs() []string {
	files, _ := filepath.Glob(s.Path("home/.local/state/keyfob/*.log"))
	return files
}

// Strays are the numbers of Keyfob's processes on the stage that somebody left behind: all that carry the stage's
// mark, except the parts of the stage itself.
func (s *Stage) Strays() []int {
	pids := marked(s.dir)
	return slices.DeleteFunc(pids, func(pid int) bool {
		return slices.ContainsFunc(s.running, func(p *Process) bool { return inGroup(pid, p.PID()) }) ||
			s.browser != nil && s.browser.owns(pid)
	})
}

// Describe names processes for a message.
func Describe(pids []int) string {
	var names []string
	for _, pid := range pids {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		names = append(names, fmt.Sprintf("%d %s", pid, bytes.ReplaceAll(line, []byte{0}, []byte(" "))))
	}
	return strings.Join(names, "; ")
}

func inGroup(pid, group int) bool {
	g, err := syscall.Getpgid(pid)
	return err == nil && g == group
}

// marked finds the processes whose environment carries the stage's mark, or has its runtime folder there: an agent
// starts from a list that does not have the mark. One that ended meanwhile is not there.
func marked(dir string) []int {
	mark, runtime := []byte(marker+"="+dir), []byte("XDG_RUNTIME_DIR="+dir+"/")
	var pids []int
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		env, err := os.ReadFile(file)
		if err != nil || !slices.ContainsFunc(bytes.Split(env, []byte{0}), func(e []byte) bool {
			return bytes.Equal(e, mark) || bytes.HasPrefix(e, runtime)
		}) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

// endAll asks processes to end, waits, and kills those that did not.
func endAll(pids []int) error {
	var errs []error
	for _, pid := range pids {
		errs = append(errs, end(pid))
	}
	return errors.Join(errs...)
}

func end(pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil // it has ended
	}
	defer unix.Close(fd)
	for _, signal := range []unix.Signal{unix.SIGTERM, unix.SIGKILL} {
		if err := unix.PidfdSendSignal(fd, signal, nil, 0); err != nil {
			return nil // it has ended
		}
		if ended(fd, patience) {
			return nil
		}
	}
	return fmt.Errorf("process %d does not end", pid)
}

// ended waits for the process behind a pidfd: it becomes readable at its end.
func ended(fd int, limit time.Duration) bool {
	deadline := time.Now().Add(limit)
	for {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, int(time.Until(deadline).Milliseconds()))
		if !errors.Is(err, unix.EINTR) {
			return err == nil && n > 0
		}
	}
}

// End asks a process to end, as the end of a desktop session does, and waits until it is gone.
func End(pid int) error { return end(pid) }

// Kill ends a process as a crash does, and waits until it is gone.
func Kill(ctx context.Context, pid int) error {
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		return err
	}
	return WaitGone(ctx, pid)
}

// WaitGone waits until a process that we did not start has ended.
func WaitGone(ctx context.Context, pid int) error {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	limit := time.Minute
	if deadline, ok := ctx.Deadline(); ok {
		limit = time.Until(deadline)
	}
	if !ended(fd, limit) {
		return fmt.Errorf("process %s is still there", Describe([]int{pid}))
	}
	return nil
}

// line reads one line that a program writes to a pipe when it is ready.
func line(ctx context.Context, r *os.File, p *Process) (string, error) {
	type result struct {
		text string
		err  error
	}
	got := make(chan result, 1)
	go func() {
		text, err := readLine(r)
		got <- result{text, err}
	}()
	select {
	case g := <-got:
		return g.text, g.err
	case <-p.Done():
		return "", fmt.Errorf("%s ended at once: %w\n%s", p.Name, errors.Join(p.err), p.Output())
	case <-ctx.Done():
		return "", fmt.Errorf("%s is not ready: %w\n%s", p.Name, ctx.Err(), p.Output())
	}
}

// readLine reads up to a newline and nothing beyond.
func readLine(r io.Reader) (string, error) {
	var text []byte
	one := make([]byte, 1)
	for {
		if _, err := io.ReadFull(r, one); err != nil {
			return "", err
		}
		if one[0] == '\n' {
			return string(text), nil
		}
		text = append(text, one[0])
	}
}
