package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"keyfob/internal/profile"
)

// TestProviderPages runs every command in docs/providers that writes a profile: below it stands the file that it
// writes. An integrator copies one or the other.
func TestProviderPages(t *testing.T) {
	pages, err := filepath.Glob("../../docs/providers/*.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	var shown []string
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := block.FindAllSubmatch(text, -1)
		for i, b := range blocks {
			if string(b[1]) != "json" {
				continue
			}
			p, err := profile.Parse(b[2])
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			command := strings.ReplaceAll(string(blocks[max(i-1, 0)][2]), "\\\n", " ")
			template, wrote := runPage(t, command)
			if !bytes.Equal(wrote, b[2]) {
				t.Errorf("%s: %s writes\n%s", page, command, wrote)
			}
			if says := "keyfob import " + p.ID + ".json"; !strings.Contains(string(text), says) {
				t.Errorf("%s does not go on with %s", page, says)
			}
			if says := "keyfob secret set " + p.ID; p.Grant().NeedsSecret != strings.Contains(string(text), says+"\n") {
				t.Errorf("%s: %s", page, says)
			}
			shown = append(shown, template)
		}
	}
	for _, known := range profile.Templates() {
		if known.ID != "oidc" && !slices.Contains(shown, known.ID) {
			t.Errorf("no page shows the template %s", known.ID)
		}
	}
}

// TestProviderPagesNameCommandsThatExist: what a page says to type is a command of ours.
func TestProviderPagesNameCommandsThatExist(t *testing.T) {
	pages, err := filepath.Glob("../../docs/providers/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile("(?m)(?:^|`|\\()keyfob ([a-z -]+)").FindAllStringSubmatch(string(text), -1) {
			words := strings.Fields(m[1])
			cmd, rest, err := newRoot(&terminal{}).Find(words)
			if err != nil || !cmd.HasParent() || cmd.HasSubCommands() && len(rest) > 0 {
				t.Errorf("%s: there is no keyfob %s", page, m[1])
			}
		}
	}
}

// runPage runs a command as it stands on a page, without what the shell does with its output.
func runPage(t *testing.T, command string) (template string, out []byte) {
	t.Helper()
	words := strings.Fields(command)
	end := slices.Index(words, ">")
	if end < 5 || strings.Join(words[:4], " ") != "keyfob profile new --template" {
		t.Errorf("%q does not write a profile", command)
		return "", nil
	}
	var stdout, stderr bytes.Buffer
	screen := &terminal{in: strings.NewReader(""), out: &stdout, err: &stderr}
	code := execute(t.Context(), screen, words[1:end])
	if code != exitDone || strings.Contains(stderr.String(), "filled in") {
		t.Errorf("%s: exit code %d\n%s", command, code, &stderr)
	}
	return words[4], stdout.Bytes()
}
