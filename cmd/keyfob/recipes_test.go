package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestRecipes runs the blocks of docs/recipes.md as they stand there, with the real tools: only the hosts are those of
// the test. The sections about one client of the gateway each (###) are those of e2e.TestRecipesOfTheGateway.
func TestRecipes(t *testing.T) {
	if testing.Short() {
		t.Skip("starts other programs")
	}
	page, err := os.ReadFile("../../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	goCaches(t)
	page = regexp.MustCompile("(?ms)^### .*?^## ").ReplaceAll(page, []byte("## "))
	blocks := regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllSubmatch(page, -1)
	if len(blocks) < 10 {
		t.Fatalf("%d blocks: is the page read as it is written?", len(blocks))
	}
	for i, block := range blocks {
		language, code := string(block[1]), string(block[2])
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
	code = strings.ReplaceAll(code, "127.0.0.1:8700", ownAddress(t))

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

// ownAddress is one that no other test listens on. On Linux all of 127.0.0.0/8 is this computer.
func ownAddress(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "linux" {
		return fmt.Sprintf("127.%d.%d.%d:8700", 1+rand.N(250), 1+rand.N(250), 1+rand.N(250))
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// kubectlWith is the command that asks a cluster as the user whom a file of kubectl's names. A kubectl before 1.22 does
// not know the version of the plugin's protocol that stands there, and gets the other.
func kubectlWith(t *testing.T, users string) []string {
	t.Helper()
	needs(t, "kubectl")
	if regexp.MustCompile(`v1\.(1\d|2[01])\.`).MatchString(tool(t, "", "kubectl", "version", "--client")) {
		users = strings.Replace(users, "k8s.io/v1\n", "k8s.io/v1beta1\n", 1)
	}
	file := filepath.Join(t.TempDir(), "users.yaml")
	if err := os.WriteFile(file, []byte(users), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", os.Getenv("KUBECONFIG")+string(filepath.ListSeparator)+file)
	return []string{"kubectl", "--user=acme", "get", "--raw", "/version"}
}

// interpreter is the command that runs a piece of code, or skips the test where there is none.
func interpreter(t *testing.T, language, code string) []string {
	t.Helper()
	if language == "yaml" {
		return kubectlWith(t, code)
	}
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
