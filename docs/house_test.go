// Package docs holds the documents against the code.
package docs

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
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
	for room, imports := range ourImports(t) {
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
				if strings.HasPrefix(room, "internal/") && !slices.Contains([]string{"internal/fault", "internal/secret", "internal/display"}, i) {
					t.Errorf("the leaf %s imports %s", room, i)
				}
			}
		}
	}
}

func ourImports(t *testing.T) map[string][]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "keyfob/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	rooms := map[string][]string{}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return rooms
		} else if err != nil {
			t.Fatal(err)
		}
		room := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "keyfob"), "/")
		rooms[room] = []string{}
		for _, i := range p.Imports {
			if ours, ok := strings.CutPrefix(i, "keyfob/"); ok {
				rooms[room] = append(rooms[room], ours)
			}
		}
	}
}
