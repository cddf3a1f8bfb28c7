package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// openTerminal makes a terminal: what is written to person is typed, what is read there is shown.
func openTerminal(t *testing.T) (person, tty *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	t.Cleanup(func() { person.Close() })
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	if err := unix.SetNonblock(int(person.Fd()), true); err != nil { // Fd has made it block
		t.Fatal(err)
	}
	return person, tty
}

func TestC58ATypedSecretIsNotShown(t *testing.T) {
	person, tty := openTerminal(t)
	before, err := unix.IoctlGetTermios(int(tty.Fd()), getTerminal)
	if err != nil {
		t.Fatal(err)
	}
	prompt, said := io.Pipe()
	screen := &terminal{in: tty, out: io.Discard, err: said}
	typed := make(chan string, 1)
	go func() {
		s, err := inputSecret(t.Context(), screen, "batch")
		said.Close()
		typed <- s.Reveal() + errorText(err)
	}()
	line, err := bufio.NewReader(prompt).ReadString(':')
	if err != nil || !strings.Contains(line, "batch") {
		t.Fatal(line, err)
	}
	go io.Copy(io.Discard, prompt)
	if _, err := person.WriteString(secretCanary + "\n"); err != nil {
		t.Fatal(err)
	}
	if got := <-typed; got != secretCanary {
		t.Fatalf("read %q", got)
	}
	_, _ = tty.WriteString("\nend\n")
	var shown strings.Builder
	for buffer := make([]byte, 256); !strings.Contains(shown.String(), "end"); {
		_ = person.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := person.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(buffer[:n])
	}
	if strings.Contains(shown.String(), "canary") {
		t.Fatalf("shown: %q", shown.String())
	}
	if after, err := unix.IoctlGetTermios(int(tty.Fd()), getTerminal); err != nil || *after != *before {
		t.Errorf("the terminal was left as %+v, %v", after, err)
	}
}

// TestASecretThatIsNotTypedChangesNothing: Ctrl-C at the prompt. There was no question to which yes is an answer.
func TestASecretThatIsNotTypedChangesNothing(t *testing.T) {
	_, tty := openTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var said bytes.Buffer
	screen := &terminal{in: tty, out: io.Discard, err: io.Discard}
	_, err := inputSecret(ctx, screen, "batch")
	screen.err = &said
	screen.report(err)
	if got := said.String(); got != "keyfob: Nothing was changed.\n  code: unconfirmed\n" || exitCode(err) != exitUsage {
		t.Errorf("%q", got)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestASecretFromTheStartIsReadOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(secretCanary+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_, _ = w.WriteString("from-descriptor")
	w.Close()
	fd, err := unix.Dup(int(r.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	found, err := startSecrets([]string{"a=" + path}, []string{"b=" + strconv.Itoa(fd)})
	if err != nil || found["a"].Reveal() != secretCanary || found["b"].Reveal() != "from-descriptor" {
		t.Fatalf("%v, %v", found, err)
	}
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil {
		t.Error("the descriptor is open still: children would have it")
	}
	for name, spoil := range map[string]func(string) error{
		"a pipe":        func(p string) error { return unix.Mkfifo(p, 0o600) },
		"group's":       func(p string) error { return os.WriteFile(p, nil, 0o640) },
		"a folder":      func(p string) error { return os.Mkdir(p, 0o700) },
		"not there":     func(string) error { return nil },
		"world's write": func(p string) error { return errors.Join(os.WriteFile(p, nil, 0o600), os.Chmod(p, 0o602)) },
	} {
		bad := filepath.Join(t.TempDir(), "bad")
		if err := spoil(bad); err != nil {
			t.Fatal(err)
		}
		if os.Getuid() == 0 && name == "group's" {
			continue // root's own files may be their group's to read: service managers make them so
		}
		if _, err := startSecrets([]string{"a=" + bad}, nil); err == nil {
			t.Errorf("%s was read", name)
		}
	}
	if _, err := startSecrets([]string{"a=" + path, "a=" + path}, nil); err == nil {
		t.Error("two secrets of one account")
	}
}
