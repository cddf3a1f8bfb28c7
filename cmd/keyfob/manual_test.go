package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestManual writes the manual from what --help shows, into the folder that KEYFOB_MAN names (make man), and has the
// readers of pages say what they think of it. It is a test and no command: the program need not carry what only its
// packagers use.
func TestManual(t *testing.T) {
	folder := os.Getenv("KEYFOB_MAN")
	if folder == "" {
		folder = t.TempDir()
	}
	root := newRoot(&terminal{})
	withTexts(root)
	pages := writeManual(t, root, folder)
	for _, want := range []string{"keyfob.1", "keyfob-token.1", "keyfob-agent-start.1", "keyfob-completion-bash.1"} {
		if _, err := os.Stat(filepath.Join(folder, want)); err != nil {
			t.Error(err)
		}
	}
	for _, page := range pages {
		for _, reader := range [][]string{
			{"man", "--warnings", "-E", "UTF-8", "-l"},
			{"groff", "-man", "-ww", "-z"},
			{"mandoc", "-T", "lint", "-W", "error"},
		} {
			complains(t, append(reader, page)...)
		}
	}
	for name, wanted := range map[string][]string{
		"run":  {"keyfob run ID", "--min-ttl duration", "-- ./sync-orders", "ACME_EU_ACCESS_TOKEN"},
		"call": {"-X, --request string", "-h, --help", "--json"},
	} {
		page := rendered(t, filepath.Join(folder, "keyfob-"+name+".1"))
		for _, want := range wanted {
			if page != "" && !strings.Contains(page, want) {
				t.Errorf("the page of %s has no %q:\n%s", name, want, page)
			}
		}
	}
}

// complains runs a reader, where there is one, and wants it to say nothing.
func complains(t *testing.T, argv ...string) {
	if _, err := exec.LookPath(argv[0]); err != nil {
		return
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	var said bytes.Buffer
	cmd.Stderr = &said
	if argv[0] == "mandoc" {
		cmd.Stdout = &said
	}
	if err := cmd.Run(); err != nil || said.Len() > 0 {
		t.Errorf("%s: %v\n%s", argv, err, &said)
	}
}

func rendered(t *testing.T, page string) string {
	if _, err := exec.LookPath("groff"); err != nil {
		return ""
	}
	cmd := exec.Command("groff", "-man", "-T", "ascii", "-P-c", "-P-b", "-P-u", "-rLL=200n", page)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// writeManual writes a page for a command, and for each below it.
func writeManual(t *testing.T, cmd *cobra.Command, folder string) (pages []string) {
	t.Helper()
	path := filepath.Join(folder, pageName(cmd)+".1")
	if err := os.WriteFile(path, manualPage(cmd), 0o644); err != nil {
		t.Fatal(err)
	}
	pages = append(pages, path)
	for _, below := range cmd.Commands() {
		if below.IsAvailableCommand() {
			pages = append(pages, writeManual(t, below, folder)...)
		}
	}
	return pages
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// manualPage is one page in the man macros of roff, of which only those are used that every reader of pages knows.
func manualPage(cmd *cobra.Command) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, ".TH %s 1 \"\" Keyfob \"Keyfob\"\n", roff(strings.ToUpper(pageName(cmd))))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(pageName(cmd)), roff(cmd.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n\\fB%s\\fR\n", roff(cmd.UseLine()))
	if cmd.Long != "" {
		fmt.Fprintf(&b, ".SH DESCRIPTION\n%s\n", strings.ReplaceAll(roff(cmd.Long), "\n\n", "\n.PP\n"))
	}
	manualCommands(&b, cmd)
	manualFlags(&b, cmd)
	if cmd.Example != "" {
		fmt.Fprintf(&b, ".SH EXAMPLES\n.nf\n%s\n.fi\n", roff(cmd.Example))
	}
	if cmd.HasParent() {
		fmt.Fprintf(&b, ".SH SEE ALSO\n.BR %s (1)\n", roff(pageName(cmd.Parent())))
	}
	return b.Bytes()
}

func manualCommands(b *bytes.Buffer, cmd *cobra.Command) {
	heading := ".SH COMMANDS\n"
	for _, below := range cmd.Commands() {
		if below.IsAvailableCommand() {
			fmt.Fprintf(b, "%s.TP\n.BR %s (1)\n%s\n", heading, roff(pageName(below)), roff(below.Short))
			heading = ""
		}
	}
}

func manualFlags(b *bytes.Buffer, cmd *cobra.Command) {
	heading := ".SH OPTIONS\n"
	cmd.InitDefaultHelpFlag()
	cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		fmt.Fprintf(b, "%s.TP\n\\fB%s\\fR %s\n%s\n", heading, roff(name), roff(value), roff(usage))
		heading = ""
	})
}

// roff writes text so that it is nothing but text: a backslash, a hyphen that is to be copied as one, and what would be
// a request at the beginning of a line. A line that begins with a space stands by itself.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", "...", "\t", "    ").Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
