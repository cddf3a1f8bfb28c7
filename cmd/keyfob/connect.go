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

// connect finds the agent, or starts one.
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

// whyNot finds out why an agent could not start, or ended while it was asked. The agent has no terminal to say it on, but
// what keeps it from its folders keeps us from them as well.
func whyNot(ctx context.Context, err error) error {
	places, where := storage.DefaultPlaces()
	if where != nil || ctx.Err() != nil || fault.CodeOf(err) != fault.AgentFailed {
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

// askAgent puts a question to the agent. Nobody is looked for before there is a need: where one listens at the
// usual place, as nearly always, the question is all that is sent. An agent that ends while it is asked made way for
// another agent, or crashed, so the question goes to the next one. A take-over can end more than one agent: one that a
// terminal started in between makes way as well.
func askAgent(ctx context.Context, question func(*client.Client) error) error {
	places, err := storage.DefaultPlaces()
	if err != nil {
		return err
	}
	client := client.New(places.Socket())
	const takeOvers = 5
	for range takeOvers {
		if err = question(client); !agentEnded(err) {
			return err
		}
		if client, err = connect(ctx, false); err != nil {
			return err
		}
	}
	return question(client)
}

func agentEnded(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.NoAgent || code == fault.AgentFailed
}

// find finds the agent that is there: fault.NoAgent where nobody is.
func find(ctx context.Context, places storage.Places) (*client.Client, error) {
	return client.Ensure(ctx, client.Finder{Places: places})
}

// agentCommand is the command that starts an agent here: the desktop program, which has a tray, or this program.
func agentCommand(ctx context.Context) ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fault.New(fault.Internal).Because(err)
	}
	if desktop := desktopProgram(ctx, self); desktopSession(os.Getenv) && desktop != "" {
		return []string{desktop, "--agent"}, nil
	}
	return []string{self, "agent"}, nil
}

// desktopSession tells whether there is a desktop that a tray could be shown on.
func desktopSession(getenv func(string) string) bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return getenv("SSH_CONNECTION") == ""
	}
	return getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != ""
}

// desktopProgram is the path of the desktop program, beside our own or in PATH; "" where there is none that runs. One
// that cannot run, because the system has no graphics libraries, ends at once when it is asked for its version. We would
// wait in vain for its agent.
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

// settled waits until the agent knows what is stored, which takes a moment after its start, and returns the
// snapshot. A keychain that does not answer is not waited for.
func settled(ctx context.Context, client *client.Client) (account.Snapshot, error) {
	const patience = 5 * time.Second
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	snapshots, err := client.Watch(wait, wire.FaceCLI)
	if err != nil {
		return account.Snapshot{}, err
	}
	for s := range snapshots {
		if ready(s) {
			return s, nil
		}
	}
	if ctx.Err() != nil {
		return account.Snapshot{}, ctx.Err()
	}
	return client.Status(ctx)
}

func ready(s account.Snapshot) bool {
	for _, a := range s.Accounts {
		if a.Status == account.Loading {
			return false
		}
	}
	return s.Keychain.State != account.KeychainChecking
}
