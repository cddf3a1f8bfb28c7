package docs

import (
	"path/filepath"
	"regexp"
	"testing"
)

// TestCommandsAreWrittenForEveryShell: zsh takes a bare ? or * for the names of files, and runs nothing where there are
// none of that form; a bare & cuts the command off in all shells.
func TestCommandsAreWrittenForEveryShell(t *testing.T) {
	blocks := regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")
	bare := regexp.MustCompile(`(?m)\s(?:https?:/)?/[^\s"']*[?*&].*$`)
	checked := 0
	for _, pattern := range []string{"../README.md", "*.md", "providers/*.md"} {
		pages, err := filepath.Glob(pattern)
		if err != nil || len(pages) == 0 {
			t.Fatalf("no %s: %v", pattern, err)
		}
		for _, page := range pages {
			for _, block := range blocks.FindAllSubmatch(read(t, page), -1) {
				checked++
				for _, found := range bare.FindAll(block[1], -1) {
					t.Errorf("%s: quote it:%s", page, found)
				}
			}
		}
	}
	if checked < 20 {
		t.Fatalf("%d blocks: are the pages read as they are written?", checked)
	}
}
