package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestEveryCommandShowsHowItIsUsed: a command without an example is one that has to be guessed. What it shows is fit for
// every shell: zsh takes a bare ? or * of a URL for names of files.
func TestEveryCommandShowsHowItIsUsed(t *testing.T) {
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if !strings.Contains(cmd.Example, "keyfob") {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		if bare := regexp.MustCompile(`\s(?:https?:/)?/[^\s"']*[?*&].*`).FindString(cmd.Example); bare != "" {
			t.Errorf("%s: quote it:%s", cmd.CommandPath(), bare)
		}
		for _, below := range cmd.Commands() {
			walk(below)
		}
	}
	root := (&app{}).root()
	withTexts(root)
	walk(root)
}
