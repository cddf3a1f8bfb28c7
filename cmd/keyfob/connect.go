package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/detach"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/localapi/wire"
	"keyfob/internal/words"
	"keyfob/storage"
)

// connect finds the agent, or starts one where none runs.
func connect(ctx context.Context, memoryOnly bool) (*client.Client, error) {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return nil, err
	}
	return client.Ensure(ctx, client.Finder{Places: places, Start: func(ctx context.Context) (<-chan error, error) {
		argv, err := agentCommand(ctx)
		if err != nil {
			return nil, err
		}
		if memoryOnly {
			argv = append(argv, "--memory-only")
		}
		return detach.Start(argv)
	}})
}

// explainAgentFailure adds the reason why an agent could not start, or ended while it was asked. The agent in the
// background has no terminal to print it on; but what keeps it from its folders keeps this process from them too.
func explainAgentFailure(ctx context.Context, err error) error {
	places, noPlaces := storage.DefaultPlaces()
	if noPlaces != nil || ctx.Err() != nil || fault.CodeOf(err) != fault.AgentFailed {
		return err
	}
	_, why := places.Ensure()
	if why == nil {
		_, why = storage.NewFiles(places.Profiles(), ".json").List(ctx)
	}
	if why == nil {
		return err
	}
	return fault.New(fault.AgentFailed, "said", words.Of(why).What).Because(why)
}

// askAgent puts a question to the agent. It asks at the usual socket first and looks for an agent, or starts one,
// only where none answers there. An agent that ends while it is asked was replaced by another or has crashed, so the
// next one is asked. One replacement can end several: the agent that a terminal starts meanwhile is replaced as well.
func askAgent(ctx context.Context, question func(*client.Client) error) error {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	c := client.New(places.Socket())
	const replacements = 5
	for range replacements {
		if err = question(c); !agentEnded(err) {
			return err
		}
		if c, err = connect(ctx, false); err != nil {
			return err
		}
	}
	return question(c)
}

// agentEnded tells whether nobody answered: no agent runs, or it ended before it answered.
func agentEnded(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.NoAgent || code == fault.AgentFailed
}

// findAgent finds the agent that runs. The error is fault.NoAgent where none does.
func findAgent(ctx context.Context, places storage.Places) (*client.Client, error) {
	return client.Ensure(ctx, client.Finder{Places: places})
}

// agentCommand is the command that starts an agent here: the desktop program, which brings a tray, or this program.
func agentCommand(ctx context.Context) ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fault.New(fault.Internal).Because(err)
	}
	if desktopSession(os.Getenv) {
		if desktop := desktopProgram(ctx, self); desktop != "" {
			return []string{desktop, "--agent"}, nil
		}
	}
	return []string{self, "agent"}, nil
}

// desktopSession tells whether there is a desktop that can show a tray.
func desktopSession(getenv func(string) string) bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return getenv("SSH_CONNECTION") == ""
	}
	return getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != ""
}

// desktopProgram is the path of the desktop program, beside this one or in PATH. It is empty where there is none, or
// where it cannot run because the system's graphics libraries are missing: to wait for its agent would be in vain. A
// program that runs can tell its version.
func desktopProgram(ctx context.Context, self string) string {
	const patience = 5 * time.Second
	name := "keyfob-desktop"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path, err := exec.LookPath(filepath.Join(filepath.Dir(self), name))
	if err != nil {
		path, err = exec.LookPath(name)
	}
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if exec.CommandContext(ctx, path, "--version").Run() != nil {
		return ""
	}
	return path
}

// settled returns a snapshot when the agent has read what is stored, which takes a moment after its start. It does
// not wait for long, since a keychain may never answer.
func settled(ctx context.Context, c *client.Client) (account.Snapshot, error) {
	const patience = 5 * time.Second
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	snapshots, err := c.Watch(wait, wire.ClientCLI)
	if err != nil {
		return account.Snapshot{}, err
	}
	for s := range snapshots {
		if loaded(s) {
			return s, nil
		}
	}
	if ctx.Err() != nil {
		return account.Snapshot{}, ctx.Err()
	}
	return c.Status(ctx)
}

// loaded tells whether the agent has read what is stored.
func loaded(s account.Snapshot) bool {
	for _, one := range s.Accounts {
		if one.Status == account.Loading {
			return false
		}
	}
	return s.Keychain.State != account.KeychainChecking
}
