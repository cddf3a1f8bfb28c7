// Package docs holds the documents against the code.
package docs

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// below says which rooms each room may import, as docs/architecture.md does. internal/… leaves are free to all and
// import nothing of ours but each other where listed.
var below = map[string][]string{
	"profile":             {},
	"account":             {},
	"storage":             {},
	"assets":              {},
	"demo":                {"assets"},
	"words":               {"account"},
	"oauthflow":           {"account", "profile", "words", "assets"},
	"session":             {"oauthflow", "account", "profile"},
	"agent":               {"account", "profile", "storage"},
	"resident":            {"account", "agent", "assets", "oauthflow", "profile", "session", "storage"},
	"ui":                  {"account", "words", "profile", "assets"},
	"ui/tray":             {"account", "words", "assets"},
	"internal/secret":     {},
	"internal/fault":      {},
	"internal/version":    {},
	"internal/detach":     {},
	"internal/display":    {},
	"internal/strictjson": {},
	"internal/challenge":  {},
	"internal/browse":     {},
	"internal/diag":       {},
	"internal/trim":       {},
}

// TestImportsRunDownwards holds the plan of the house against the code.
func TestImportsRunDownwards(t *testing.T) {
	for room, p := range packages(t) {
		imports := p.ours()
		allowed, planned := below[room]
		switch {
		case room == "" || room == "docs" || strings.HasPrefix(room, "e2e") || strings.HasSuffix(room, "traytest"):
			continue
		case room == "cmd/keyfob":
			for _, i := range imports {
				if strings.HasPrefix(i, "ui") || i == "demo" {
					t.Errorf("cmd/keyfob imports %s", i)
				}
			}
		case !planned:
			t.Errorf("%s is not in the plan of the house", room)
		default:
			for _, i := range imports {
				if !strings.HasPrefix(i, "internal/") && !slices.Contains(allowed, i) {
					t.Errorf("%s imports %s", room, i)
				}
				leaves := []string{"internal/fault", "internal/secret", "internal/display"}
				if strings.HasPrefix(room, "internal/") && !slices.Contains(leaves, i) {
					t.Errorf("the leaf %s imports %s", room, i)
				}
			}
		}
	}
}

// TestEveryPackageIsCheckedForLeaks: a goroutine that a test leaves behind is one that a sign-in leaves behind, and the
// race detector finds what no test can ask for.
func TestEveryPackageIsCheckedForLeaks(t *testing.T) {
	for room, p := range packages(t) {
		files := slices.Concat(p.TestGoFiles, p.XTestGoFiles)
		if len(files) == 0 {
			continue
		}
		var all strings.Builder
		for _, name := range files {
			all.Write(read(t, filepath.Join(p.Dir, name)))
		}
		leaks := strings.Contains(all.String(), "goleak.VerifyTestMain(") || strings.Contains(all.String(), "goleak.Find(")
		if !leaks || !strings.Contains(all.String(), "\nfunc TestMain(") {
			t.Errorf("%s has tests and does not check them for leaks: goleak.VerifyTestMain in its TestMain", room)
		}
	}
	if !regexp.MustCompile(`(?m)^\t.*go test -race .*\./\.\.\.$`).Match(read(t, "../Makefile")) {
		t.Error("make test does not run every package with -race")
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// pkg is what go list says of a package.
type pkg struct {
	Dir, ImportPath                    string
	Imports, TestGoFiles, XTestGoFiles []string
}

// ours are the rooms that a package imports.
func (p pkg) ours() []string {
	var rooms []string
	for _, i := range p.Imports {
		if room, ours := strings.CutPrefix(i, "keyfob/"); ours {
			rooms = append(rooms, room)
		}
	}
	return rooms
}

// packages are all of the module, by their rooms; "" is the desktop program.
func packages(t *testing.T) map[string]pkg {
	t.Helper()
	const fields = "-json=Dir,ImportPath,Imports,TestGoFiles,XTestGoFiles"
	out, err := exec.Command("go", "list", fields, "keyfob/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	rooms := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return rooms
		} else if err != nil {
			t.Fatal(err)
		}
		rooms[strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "keyfob"), "/")] = p
	}
}
