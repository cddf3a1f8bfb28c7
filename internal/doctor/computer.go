package doctor

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"strings"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/client"
	"keyfob/internal/version"
	"keyfob/internal/words"
)

// computer has the checks of this computer. The agent comes first, because the others need its response.
var computer = []look{
	{"agent", localTime, (*visit).agent},
	{"socket", localTime, (*visit).socket},
	{"keychain", keychainTime, (*visit).keychain},
	{"tray", localTime, (*visit).tray},
	{"browser", localTime, (*visit).browser},
}

// agent asks the agent that runs, and starts none.
func (d *doctor) agent(ctx context.Context) *Check {
	client := client.New(d.socketPath())
	defer client.Close()
	s, err := client.Status(ctx)
	holder, held := d.Places.Holder()
	switch code := fault.CodeOf(err); {
	case code == fault.NoAgent && !held:
		return found(OK, "doctor.agent.nobody")
	case code == fault.NoAgent, ctx.Err() != nil:
		return failed(fault.New(fault.AgentFailed, "pid", strconv.Itoa(holder.PID)).WithReason(fault.AgentSilent))
	case err != nil:
		return failed(err)
	}
	d.report.snapshot = &s
	who := s.Agent
	kind, pid := words.Kind(who.Kind), strconv.Itoa(who.PID)
	if !version.NewerThan(who.Version) {
		return found(OK, "doctor.agent.is", "kind", kind, "pid", pid, "version", who.Version)
	}
	c := found(Warn, "doctor.agent.older", "kind", kind, "pid", pid, "version", who.Version, "ours", version.Version)
	c.Next = words.T("doctor.agent.older.next")
	return c
}

// socketPath is where the agent says that it listens, else where one would listen.
func (d *doctor) socketPath() string {
	if h, held := d.Places.Holder(); held && h.Socket != "" {
		return h.Socket
	}
	return d.Places.Socket()
}

// keychain writes, reads and deletes a test item, as the agent does at its start. The agent keeps the sign-ins, and may
// live in another environment: with another keychain, or with none.
func (d *doctor) keychain(ctx context.Context) *Check {
	var agent account.Keychain
	if d.report.snapshot != nil {
		agent = d.report.snapshot.Keychain
	}
	if agent.State == account.KeychainMemoryOnly {
		return found(Warn, "doctor.keychain.memory")
	}
	err := d.probe(ctx)
	switch {
	case err != nil && agent.State == account.KeychainReady:
		c := failed(err)
		c.State, c.Text, c.Next = Warn, words.T("doctor.keychain.only-there", "problem", c.Text), ""
		return c
	case err != nil:
		return failed(err)
	case agent.Problem != nil:
		c := failed(agent.Problem)
		c.State, c.Text = Warn, words.T("doctor.keychain.only-here", "problem", c.Text)
		return c
	}
	return found(OK, "doctor.keychain.ok")
}

// errNoDesktop tells that there cannot be a tray.
var errNoDesktop = errors.New("no session bus")

func (d *doctor) tray(ctx context.Context) *Check {
	if s := d.report.snapshot; s != nil && s.Agent.Tray {
		return found(OK, "doctor.tray.there")
	}
	is, err := d.trayHost(ctx)
	switch {
	case err != nil:
		return found(Skipped, "doctor.tray.no-desktop")
	case !is:
		c := found(Warn, "doctor.tray.no-host")
		c.Next = words.T("doctor.tray.no-host.next")
		return c
	}
	return found(OK, "doctor.tray.ok")
}

// browser finds the program that would open a browser, as the library of internal/browse does, and does not run it.
func (d *doctor) browser(context.Context) *Check {
	var openers []string
	switch runtime.GOOS {
	case "windows":
		return found(OK, "doctor.browser.system")
	case "darwin":
		openers = []string{"open"}
	case "linux":
		openers = []string{"xdg-open", "x-www-browser", "www-browser"}
	default:
		openers = []string{"xdg-open"}
	}
	for _, name := range openers {
		if path, err := d.LookPath(name); err == nil {
			return found(OK, "doctor.browser.by", "path", path)
		}
	}
	c := failed(fault.New(fault.BrowserFailed, "openers", strings.Join(openers, ", ")).WithReason(fault.BrowserNoOpener))
	c.State = Warn
	return c
}
