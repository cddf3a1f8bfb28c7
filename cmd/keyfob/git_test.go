package main

import (
	"net/http/cgi"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"keyfob/internal/profile"
)

// TestGit has the real git clone and push over https, as docs/recipes.md configures it.
func TestGit(t *testing.T) {
	needs(t, "git")
	k := home(t)
	repos := newRepositories(t)
	allow(k, "https://"+repos.host+"/")
	passwords := filepath.Join(t.TempDir(), "passwords")
	tool(t, "", "git", "config", "--global", "credential.helper", "store --file "+passwords)
	tool(t, "", "git", "config", "--global", "credential.https://"+repos.host+".helper", "")
	tool(t, "", "git", "config", "--global", "--add", "credential.https://"+repos.host+".helper", "!keyfob git acme")

	work := t.TempDir()
	tool(t, work, "git", "clone", "--quiet", "https://"+repos.host+"/app.git")
	clone := filepath.Join(work, "app")
	tool(t, clone, "git", "commit", "--quiet", "--allow-empty", "-m", "more")
	tool(t, clone, "git", "push", "--quiet", "origin", "HEAD:refs/heads/more")
	if repos.authorized() == 0 {
		t.Error("git showed no token")
	}
	if data, err := os.ReadFile(passwords); err == nil {
		t.Errorf("a helper that saves passwords got %d bytes", len(data))
	}
}

// TestGitGetsNothingElsewhere: the same server by another name is another place.
func TestGitGetsNothingElsewhere(t *testing.T) {
	needs(t, "git")
	k := home(t)
	repos := newRepositories(t)
	allow(k, "https://"+repos.host+"/team/")
	tool(t, "", "git", "config", "--global", "credential.helper", "!keyfob git acme")
	elsewhere := strings.Replace(repos.host, "127.0.0.1", "localhost", 1)
	for _, address := range []string{
		"https://" + repos.host + "/app.git", "https://" + elsewhere + "/team/app.git",
	} {
		_, said, err := try(t, t.TempDir(), "git", "-c", "http.sslVerify=false", "clone", address)
		if err == nil || strings.Contains(said, canary) {
			t.Errorf("%s: %v\n%s", address, err, said)
		}
	}
	if repos.authorized() != 0 {
		t.Errorf("shown: %q", repos.seen)
	}
}

// newRepositories is a host of repositories: git's own, behind a password. It has app.git, with one commit.
func newRepositories(t *testing.T) *site {
	t.Helper()
	t.Setenv("GIT_TERMINAL_PROMPT", "0")
	t.Setenv("GIT_ASKPASS", "")
	t.Setenv("SSH_ASKPASS", "")
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+who+"_NAME", "Jane Doe")
		t.Setenv("GIT_"+who+"_EMAIL", "jane@acme.example")
	}
	root := t.TempDir()
	bare := filepath.Join(root, "app.git")
	tool(t, "", "git", "init", "--quiet", "--bare", bare)
	tool(t, bare, "git", "config", "http.receivepack", "true")
	tree := lines(tool(t, bare, "git", "hash-object", "-w", "-t", "tree", os.DevNull))[0]
	commit := lines(tool(t, bare, "git", "commit-tree", "-m", "first", tree))[0]
	tool(t, bare, "git", "update-ref", "HEAD", commit)
	backend := lines(tool(t, "", "git", "--exec-path"))[0] + "/git-http-backend"
	return newSite(t, &cgi.Handler{Path: backend, Env: []string{
		"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "HOME=" + root,
	}})
}

// allow makes addresses the API of acme.
func allow(k *fakeKeeper, addresses ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.profiles["acme"]
	p.API = &profile.API{BaseURLs: addresses}
	k.profiles["acme"] = p
}

// FuzzGitQuestion: what is read is one place with nothing smuggled in, and only the place that was named gets a token.
func FuzzGitQuestion(f *testing.F) {
	for _, seed := range []string{
		"protocol=https\nhost=git.acme.example\n\n",
		"capability[]=authtype\nprotocol=https\nhost=git.acme.example:8443\npath=a/b.git\nwwwauth[]=Bearer realm=\"x\"\n",
		"protocol=https\nhost=git.acme.example\rhost=evil.example\n",
		"protocol=https\nhost=evil.example/\nhost=git.acme.example\n",
		"protocol=https\nhost=git.acme.example@evil.example\n",
		"protocol=https\nhost=git.acme.example\npath=../../x\n\nhost=evil.example",
		"protocol=https\nhost=git.acme.example\nusername=\x00\n",
		"protocol=https\nhost=git.acme.example%00\n",
		"protocol=https\nhost=git.acme.example:\n",
		"protocol=https\nhost=git.acme.example:443\n",
		"protocol=https\nhost=git.acme.example443\n",
	} {
		f.Add(seed)
	}
	p := profile.Profile{API: &profile.API{BaseURLs: []string{"https://git.acme.example/"}}}
	f.Fuzz(func(t *testing.T, input string) {
		q, err := readGitQuestion(strings.NewReader(input))
		if err != nil {
			return
		}
		if strings.ContainsAny(q.host+q.username+q.path, "\x00\r\n\x7f") {
			t.Errorf("a control character came through: %q", q)
		}
		given := lines(strings.Split(input, "\n\n")[0])
		if q.protocol == "https" && p.Receives(q.url()) && !slices.ContainsFunc(given, func(line string) bool {
			line = strings.TrimSuffix(strings.TrimSuffix(line, ":443"), ":") // the same place: RFC 3986 §3.2.3, §6.2.3
			return strings.EqualFold(line, "host=git.acme.example")
		}) {
			t.Errorf("a token for %q", input)
		}
	})
}

func TestGitQuestionIsBounded(t *testing.T) {
	long := "protocol=https\nhost=git.acme.example\nwwwauth[]=" + strings.Repeat("x", 64<<10) + "\n"
	if _, err := readGitQuestion(strings.NewReader(long)); err == nil {
		t.Error("64 KB were taken")
	}
}
