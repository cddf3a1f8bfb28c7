package docs

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestAgentPageNamesEverything: each request and each code of the description is somewhere on the page for people.
func TestAgentPageNamesEverything(t *testing.T) {
	var api struct {
		Paths      map[string]map[string]any
		Components struct {
			Schemas map[string]struct {
				Properties map[string]struct{ Enum []string }
			}
		}
	}
	if err := json.Unmarshal(read(t, "agent-api.json"), &api); err != nil {
		t.Fatal(err)
	}
	page := string(read(t, "agent-api.md"))
	for path, methods := range api.Paths {
		for method := range methods {
			line := strings.ToUpper(method) + " " + path
			tried := strings.NewReplacer("{id}", "rhythm").Replace("http://keyfob" + path)
			if !strings.Contains(page, "`"+line+"`") && !strings.Contains(page, tried) {
				t.Errorf("docs/agent-api.md does not have %s", line)
			}
		}
	}
	codes := api.Components.Schemas["Problem"].Properties["code"].Enum
	if len(codes) < 50 {
		t.Fatalf("%d codes: is the description read as it is written?", len(codes))
	}
	for _, code := range codes {
		if !strings.Contains(page, "`"+code+"`") {
			t.Errorf("docs/agent-api.md does not say what to do about %s", code)
		}
	}
}
