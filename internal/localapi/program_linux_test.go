package localapi

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// copyOf puts a copy of a program of the system there.
func copyOf(t *testing.T, program, there string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skip(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(there, data, 0o700); err != nil {
		t.Fatal(err)
	}
	return there
}

// running starts a program for as long as the test takes.
func running(t *testing.T, cmd *exec.Cmd) (pid int) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd.Process.Pid
}

func TestA53AProgramWithAnOddNameIsShownCleanAndNotKnown(t *testing.T) {
	odd := copyOf(t, "sleep", filepath.Join(t.TempDir(), "good\x1b[2Kbad\u202e"))
	if got := programOf(running(t, exec.Command(odd, "60"))); got.Path != "" || got.Name != "A program" {
		t.Errorf("%+v", got)
	}
}

// TestA53OurCommandLineAloneIsNobody: where whoever ran it has gone, or is our command line again, it has no path: else
// "always", said once of keyfob, would let in everybody who runs it so.
func TestA53OurCommandLineAloneIsNobody(t *testing.T) {
	dir := t.TempDir()
	command := copyOf(t, "sleep", filepath.Join(dir, ourCommand))
	mkdir(t, filepath.Join(dir, "bin"))
	shell := copyOf(t, "sh", filepath.Join(dir, "bin", ourCommand))
	for name, run := range map[string]*exec.Cmd{
		"gone": exec.Command("sh", "-c", `"$0" 60 >&2 & echo $!`, command),
		"ours": exec.Command(shell, "-c", `"$0" 60 >&2 & echo $!; wait`, command),
	} {
		t.Run(name, func(t *testing.T) {
			out, err := run.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			running(t, run)
			said, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			pid, _ := strconv.Atoi(strings.TrimSpace(said))
			t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
			if name == "gone" {
				_, _ = io.Copy(io.Discard, out)
				_ = run.Wait()
			}
			got := programOf(pid)
			if filepath.Base(got.Path) == ourCommand {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestA53AContainersProgramIsNobody: what is at that path there is not what a person sees at that path here.
func TestA53AContainersProgramIsNobody(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: os.Getuid(), HostID: os.Getuid(), Size: 1}},
	}
	if got := programOf(running(t, cmd)); got.Path != "" {
		t.Errorf("%+v", got)
	}
	if got := programOf(running(t, exec.Command("sleep", "60"))); got.Path == "" {
		t.Errorf("and here %+v", got)
	}
}

// TestA53AReplacedProgramKeepsItsName, and one that only has such a name gets no other.
func TestA53AReplacedProgramKeepsItsName(t *testing.T) {
	dir := t.TempDir()
	tool := copyOf(t, "sleep", filepath.Join(dir, "tool"))
	imitation := copyOf(t, "sleep", filepath.Join(dir, "tool (deleted)"))
	if got := programOf(running(t, exec.Command(imitation, "60"))); got.Path != imitation {
		t.Errorf("the imitation is %+v", got)
	}
	if err := os.Remove(imitation); err != nil {
		t.Fatal(err)
	}
	pid := running(t, exec.Command(tool, "60"))
	if err := os.Remove(tool); err != nil {
		t.Fatal(err)
	}
	copyOf(t, "sleep", tool)
	if got := programOf(pid); got.Path != tool {
		t.Errorf("the replaced one is %+v", got)
	}
}
