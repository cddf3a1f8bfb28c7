//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// keychainService is the name under which Keyfob stores.
const keychainService = "keyfob"

// startKeychain starts a real keychain with a new, unlocked collection.
func (s *Stage) startKeychain(ctx context.Context) error {
	path, err := need("gnome-keyring-daemon")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, "--foreground", "--unlock", "--components=secrets")
	cmd.Stdin = strings.NewReader("password") // no newline: it would be part of it
	p, err := s.start(cmd)
	if err != nil {
		return err
	}
	return s.bus.waitName(ctx, "org.freedesktop.secrets", p)
}

// Secret reads what Keyfob stored under a name, such as "session/acme", from outside: with Debian's secret-tool.
// The empty string says that there is nothing.
func (s *Stage) Secret(ctx context.Context, name string) (string, error) {
	out, err := s.secretTool(ctx, "lookup", "service", keychainService, "username", name)
	return strings.TrimSpace(out), err
}

// Secrets lists the names of all that Keyfob has in the keychain.
func (s *Stage) Secrets(ctx context.Context) ([]string, error) {
	out, err := s.secretTool(ctx, "search", "--all", "service", keychainService)
	var names []string
	for l := range strings.Lines(out) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(l), "attribute.username = "); ok {
			names = append(names, name)
		}
	}
	return names, err
}

func (s *Stage) secretTool(ctx context.Context, args ...string) (string, error) {
	path, err := need("secret-tool")
	if err != nil {
		return "", err
	}
	var out, problem strings.Builder
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = s.env, &out, &problem
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) && problem.Len() == 0 {
		return "", nil // it found nothing
	} else if err != nil {
		return "", fmt.Errorf("secret-tool: %w: %s", err, problem.String())
	}
	return out.String() + problem.String(), nil // "search" prints the attributes as errors
}
