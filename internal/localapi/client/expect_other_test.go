//go:build !linux

package client

import (
	"os/exec"
	"testing"
)

func inAContainer(t *testing.T) *exec.Cmd {
	t.Helper()
	t.Skip("this system has no such namespaces")
	return nil
}
