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
)

// computer is what there is to look at on this computer. What the agent says is needed to understand the rest.
var computer = []look{
	{"agent", localTime, (*visit).agent},
	{"socket", localTime, (*visit).socket},
	{"keychain", keychainTime, (*visit).keychain},
	{"tray", localTime, (*visit).tray},
	{"browser", localTime, (*visit).browser},
}

// agent asks who is there, and starts nobody.
func (d *doctor) agent(ctx context.Context) *Check {
	client := client.New(d.door())
	defer client.Close()
	s, err := client.Status(ctx)
	holder, held := d.Places.Holder()
	switch code := fault.CodeOf(err); {
	case code == fault.NoAgent && !held:
		return found(OK, "nobody; the next command that needs one starts it")
	case code == fault.NoAgent, ctx.Err() != nil:
		return &Check{State: Fail, Code: fault.AgentFailed, Next: "End that process, then try again.",
			Text: "The agent, process " + strconv.Itoa(holder.PID) + ", does not answer."}
	case err != nil:
		return failed(err)
	}
	d.report.snapshot = &s
	who := s.Agent
	c := found(OK, string(who.Kind)+", process "+strconv.Itoa(who.PID)+", version "+who.Version)
	if version.NewerThan(who.Version) {
		c.State, c.Text = Warn, c.Text+"; this program is newer: "+version.Version
		c.Next = "Run keyfob agent stop. The next command starts the new one."
	}
	return c
}

// door is where the agent says that it listens, else where one would.
func (d *doctor) door() string {
	if h, held := d.Places.Holder(); held && h.Socket != "" {
		return h.Socket
	}
	return d.Places.Socket()
}

// keychain writes, reads and deletes a test item, as the agent does at its start. The agent may live in another
// environment, with another keychain or with none, and it is the one that keeps sign-ins.
func (d *doctor) keychain(ctx context.Context) *Check {
	var agent account.Keychain
	if d.report.snapshot != nil {
		agent = d.report.snapshot.Keychain
	}
	if agent.State == account.KeychainMemoryOnly {
		return found(Warn, "not used: the agent keeps sign-ins in memory only")
	}
	err := d.probe(ctx)
	switch {
	case err != nil && agent.State == account.KeychainReady:
		c := failed(err)
		c.State, c.Text, c.Next = Warn, "The agent's works. From here: "+c.Text, ""
		return c
	case err != nil:
		return failed(err)
	case agent.Problem != nil:
		c := failed(agent.Problem)
		c.State, c.Text = Warn, "It works from here. The agent says: "+c.Text
		return c
	}
	return found(OK, "a test item was written, read back and deleted")
}

// errNoDesktop is why there cannot be a tray.
var errNoDesktop = errors.New("there is no desktop session here")

func (d *doctor) tray(ctx context.Context) *Check {
	if s := d.report.snapshot; s != nil && s.Agent.Tray {
		return found(OK, "Keyfob's icon is there")
	}
	is, err := d.trayHost(ctx)
	switch {
	case err != nil:
		return found(Skipped, err.Error())
	case !is:
		c := found(Warn, "No panel here shows tray icons. Keyfob works without.")
		c.Next = "On GNOME, the extension AppIndicator Support shows them."
		return c
	}
	return found(OK, "icons are shown here")
}

// browser finds what would open a browser, as the library behind internal/browse does, and does not run it.
func (d *doctor) browser(context.Context) *Check {
	var openers []string
	switch runtime.GOOS {
	case "windows":
		return found(OK, "the system opens it")
	case "darwin":
		openers = []string{"open"}
	case "linux":
		openers = []string{"xdg-open", "x-www-browser", "www-browser"}
	default:
		openers = []string{"xdg-open"}
	}
	for _, name := range openers {
		if path, err := d.LookPath(name); err == nil {
			return found(OK, "opened by "+path)
		}
	}
	c := found(Warn, "Nothing here opens a browser: there is no "+strings.Join(openers, ", no ")+".")
	c.Code, c.Next = fault.BrowserFailed, "Open the links yourself, or install xdg-utils."
	return c
}
