package main

import (
	"fmt"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRecipes runs every block of docs/recipes.md as it stands there, with the real tool: only the hosts are those of
// the test.
func TestRecipes(t *testing.T) {
	if testing.Short() {
		t.Skip("starts other programs")
	}
	page, err := os.ReadFile("../../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	goCaches(t)
	blocks := regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllSubmatch(page, -1)
	if len(blocks) < 10 {
		t.Fatalf("%d blocks: is the page read as it is written?", len(blocks))
	}
	for i, block := range blocks {
		language, code := string(block[1]), string(block[2])
		switch language {
		case "yaml", "powerquery", "bru": // the form that TestKubectl runs; what Excel and Bruno read
			continue
		}
		t.Run(fmt.Sprintf("%02d %s", i+1, language), func(t *testing.T) { runRecipe(t, language, code) })
	}
}

func runRecipe(t *testing.T, language, code string) {
	for _, program := range []string{"curl", "kubectl", "git"} { // a block of the shell is about one of these
		if language == "sh" && strings.Contains(code, program+" ") {
			needs(t, program)
		}
	}
	k := home(t)
	api := newSite(t, acme(t))
	allow(k, api.URL+"/")
	kubeconfig(t, api, "somebody-else", "v1")
	code = regexp.MustCompile(`(api|git)\.acme\.example`).ReplaceAllString(code, api.host)

	out := tool(t, t.TempDir(), interpreter(t, language, code)...)
	if api.authorized() == 0 && !strings.Contains(out, canary) { // the agent's own answer is the token itself
		t.Errorf("no token was shown; seen %q, printed %s", api.seen, out)
	}
	if api.authorized() > 0 && strings.Contains(out, canary) {
		t.Error("the token was printed as well")
	}
}

// acme answers as everything that the recipes talk to: an API, a cluster, a host of repositories.
func acme(t *testing.T) http.Handler {
	t.Helper()
	t.Setenv("GIT_TERMINAL_PROMPT", "0")
	mux := http.NewServeMux()
	mux.HandleFunc("/orders", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, `["a clock", "a lamp"]`) })
	mux.HandleFunc("/version", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, `{"major": "1"}`) })
	if git, err := exec.Command("git", "--exec-path").Output(); err == nil {
		root := t.TempDir()
		tool(t, "", "git", "init", "--quiet", "--bare", filepath.Join(root, "app.git"))
		mux.Handle("/app.git/", &cgi.Handler{Path: lines(string(git))[0] + "/git-http-backend",
			Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "HOME=" + root}})
	}
	return mux
}

// interpreter is the command that runs a piece of code, or skips the test where there is none.
func interpreter(t *testing.T, language, code string) []string {
	t.Helper()
	known := map[string][]string{
		"sh":         {"bash", "-euo", "pipefail", "recipe.sh"},
		"python":     {"python3", "recipe.py"},
		"js":         {"node", "recipe.mjs"},
		"go":         {"go", "run", "recipe.go"},
		"powershell": {"pwsh", "-NoProfile", "-File", "recipe.ps1"},
	}[language]
	if known == nil {
		t.Fatalf("nobody knows %s", language)
	}
	needs(t, known[0])
	last := len(known) - 1
	file := filepath.Join(t.TempDir(), known[last])
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	return append(known[:last:last], file)
}

// goCaches keeps Go's caches where they are although the home is another.
func goCaches(t *testing.T) {
	t.Helper()
	for _, name := range []string{"GOCACHE", "GOMODCACHE", "GOPATH"} {
		if value, err := exec.Command("go", "env", name).Output(); err == nil {
			t.Setenv(name, strings.TrimSpace(string(value)))
		}
	}
}
