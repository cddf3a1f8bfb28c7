//go:build linux

package stage

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
)

// Title is what Keyfob's window is called.
const Title = "Keyfob"

// Run is one run of the command line.
type Run struct {
	Out, Err string
	Code     int // exit code
}

// Keyfob runs the command line with its arguments, as in a terminal of this desktop.
func (s *Stage) Keyfob(ctx context.Context, args ...string) (Run, error) {
	return s.KeyfobInput(ctx, nil, args...)
}

// KeyfobInput runs the command line with something on its standard input.
func (s *Stage) KeyfobInput(ctx context.Context, input []byte, args ...string) (Run, error) {
	var out, problem bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(s.Bin, "keyfob"), args...)
	cmd.Env, cmd.Dir = s.env, s.Path("home")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &problem
	err := cmd.Run()
	r := Run{Out: out.String(), Err: problem.String(), Code: cmd.ProcessState.ExitCode()}
	var exit *exec.ExitError
	if ctx.Err() != nil {
		return r, fmt.Errorf("keyfob %q did not end: %w\n%s%s", args, ctx.Err(), r.Out, r.Err)
	}
	if err != nil && !errors.As(err, &exit) {
		return r, err
	}
	return r, nil
}

// StartKeyfob starts the command line and does not wait for it.
func (s *Stage) StartKeyfob(ctx context.Context, args ...string) (*Process, error) {
	return s.start(exec.CommandContext(ctx, filepath.Join(s.Bin, "keyfob"), args...))
}

// DoubleClick starts the desktop program as a double-click on its icon does.
func (s *Stage) DoubleClick(ctx context.Context, args ...string) (*Process, error) {
	return s.Start(ctx, filepath.Join(s.Bin, "keyfob-desktop"), args...)
}

// Start starts any other program on the stage.
func (s *Stage) Start(ctx context.Context, path string, args ...string) (*Process, error) {
	return s.start(exec.CommandContext(ctx, path, args...))
}
