//go:build linux

package stage

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/godbus/dbus/v5"
)

// keychainService is the name under which Keyfob stores.
const keychainService = "keyfob"

// The keychain on the bus, and what opens it.
const (
	secretsName      = "org.freedesktop.secrets"
	secretsPath      = dbus.ObjectPath("/org/freedesktop/secrets")
	loginCollection  = secretsPath + "/collection/login"
	KeychainPassword = "password"

	prompter = "/usr/libexec/gcr-prompter" // GNOME's: it asks a person for the keychain's password
)

// StartKeychain starts a real keychain with an unlocked collection: a new one, or the one that was there before
// KillKeychain.
func (s *Stage) StartKeychain(ctx context.Context) error {
	path, err := need("gnome-keyring-daemon")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, "--foreground", "--unlock", "--components=secrets")
	cmd.Stdin = strings.NewReader(KeychainPassword) // no newline: it would be part of it
	if s.keychain, err = s.start(cmd); err != nil {
		return err
	}
	return s.bus.waitName(ctx, secretsName, s.keychain)
}

// KillKeychain ends the keychain as a crash of it does. What it has kept is on the disk.
func (s *Stage) KillKeychain(ctx context.Context) error {
	return Kill(ctx, s.keychain.PID())
}

// LockKeychain locks the collection, as a desktop does after a while or on a person's wish.
func (s *Stage) LockKeychain(ctx context.Context) error {
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := s.bus.conn.Object(secretsName, secretsPath).CallWithContext(ctx, "org.freedesktop.Secret.Service.Lock", 0,
		[]dbus.ObjectPath{loginCollection}).Store(&locked, &prompt)
	if err == nil && len(locked) != 1 {
		err = errors.New("the keychain does not lock")
	}
	return err
}

// UnlockKeychain unlocks the collection without anybody being asked, as a login does.
func (s *Stage) UnlockKeychain(ctx context.Context) error {
	secrets := s.bus.conn.Object(secretsName, secretsPath)
	var answer dbus.Variant
	var session dbus.ObjectPath
	err := secrets.CallWithContext(ctx, "org.freedesktop.Secret.Service.OpenSession", 0, "plain", dbus.MakeVariant("")).
		Store(&answer, &session)
	if err != nil {
		return err
	}
	password := struct {
		Session           dbus.ObjectPath
		Parameters, Value []byte
		ContentType       string
	}{session, nil, []byte(KeychainPassword), "text/plain"}
	const unlock = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.UnlockWithMasterPassword"
	return secrets.CallWithContext(ctx, unlock, 0, loginCollection, password).Err
}

// StartPrompter starts the program that asks a person for the keychain's password, in a window of its own. Without it
// the keychain has nobody to ask, and takes that for a no.
func (s *Stage) StartPrompter(ctx context.Context) error {
	path, err := need(prompter)
	if err != nil {
		return err
	}
	p, err := s.Start(ctx, path)
	if err != nil {
		return err
	}
	return s.bus.waitName(ctx, "org.gnome.keyring.SystemPrompter", p)
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
