// Package docs holds the documents against the code.
package docs

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// below says which packages each package may import, as docs/architecture.md does. Leaves of internal/ are free to all
// and import nothing of ours but each other where listed.
var below = map[string][]string{
	"assets":                   {"words"},
	"storage":                  {},
	"oauthflow":                {"account", "profile", "words", "assets"},
	"ui":                       {"account", "words", "profile", "assets", "ui/kit", "ui/view"},
	"ui/kit":                   {"words", "assets"},
	"ui/view":                  {"account", "words"},
	"ui/tray":                  {"account", "words", "assets"},
	"internal/profile":         {"words"},
	"internal/account":         {},
	"internal/demo":            {"assets", "words"},
	"internal/words":           {"account"},
	"internal/words/wordstest": {"account"},
	"internal/hub":             {"account"},
	"internal/slots":           {},
	"internal/keychain":        {"account", "slots"},
	"internal/session":         {"oauthflow", "account", "profile", "keychain", "slots"},
	"internal/apicall":         {"account", "oauthflow", "profile"},
	"internal/gateway":         {"account", "apicall", "profile", "words"},
	"internal/access":          {"account", "storage"},
	"internal/localapi":        {"account", "profile", "storage", "access", "words", "localapi/wire", "localapi/peer"},
	"internal/localapi/wire":   {"account"},
	"internal/localapi/peer":   {},
	"internal/localapi/client": {"account", "apicall", "profile", "storage", "localapi/wire", "localapi/peer"},
	"internal/agent": {
		"account", "apicall", "localapi", "localapi/client", "localapi/wire", "assets", "gateway", "hub", "oauthflow",
		"profile", "session", "storage", "access", "words",
	},
	"internal/doctor": {"account", "localapi/client", "assets", "oauthflow", "profile", "storage", "words"},
}

// leaves are the packages of internal/ that everybody may import. Only the first three are imported by other leaves.
var leaves = []string{
	"internal/fault", "internal/secret", "internal/display", "internal/version", "internal/detach", "internal/strictjson",
	"internal/challenge", "internal/jwt", "internal/connlimit", "internal/browse", "internal/diag", "internal/ratelimit",
	"internal/process", "internal/fastpath", "internal/clock", "internal/tasks",
}

// TestImportsRunDownwards holds the plan of the house against the code.
func TestImportsRunDownwards(t *testing.T) {
	for room, p := range packages(t) {
		imports := p.ours()
		allowed, planned := below[room]
		switch {
		case room == "" || room == "docs" || strings.HasPrefix(room, "tools/") || strings.HasPrefix(room, "e2e") ||
			strings.HasSuffix(room, "traytest"):
			continue
		case room == "cmd/keyfob":
			for _, i := range imports {
				if strings.HasPrefix(i, "ui") || i == "internal/demo" {
					t.Errorf("cmd/keyfob imports %s", i)
				}
			}
		case slices.Contains(leaves, room):
			for _, i := range imports {
				if !slices.Contains(leaves[:3], i) {
					t.Errorf("the leaf %s imports %s", room, i)
				}
			}
		case !planned:
			t.Errorf("%s is not in the plan of the house", room)
		default:
			for _, i := range imports {
				if !slices.Contains(leaves, i) && !slices.Contains(allowed, strings.TrimPrefix(i, "internal/")) {
					t.Errorf("%s imports %s", room, i)
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

// browserWays are all functions on a way to the browser, with what leads there from outside. Where it says so, a way
// ends: with what a person does. Nothing else opens a browser, however much the background needs a sign-in.
var browserWays = map[string]string{
	"main.go: trayActions.SignIn":           "the tray's menu: see ui/tray",
	"main.go: desktop.runWindow":            "a window, which is given the opener: see ui",
	"cmd/keyfob/login.go: loginRun.signIn":  "",
	"cmd/keyfob/login.go: loginRun.login":   "",
	"cmd/keyfob/login.go: newLogin":         "keyfob login",
	"cmd/keyfob/logout.go: logoutInBrowser": "",
	"cmd/keyfob/logout.go: logout":          "",
	"cmd/keyfob/logout.go: newLogout":       "keyfob logout --browser",
	"ui/signin.go: controller.browse":       "",
	"ui/signin.go: controller.signIn":       "",
	"ui/signin.go: controller.openAgain":    "",
	"ui/signin.go: controller.endInBrowser": "",
	"ui/act.go: controller.intents":         "",
	"ui/act.go: controller.act":             "",
	"ui/window.go: New":                     "the home page, which is given what it can ask for",
	"ui/home.go: home.drawCards":            "a card, which is given what it can ask for",
	"ui/card.go: card.openMenu":             "a click in a card's menu",
	"ui/tray/tray.go: tray.act":             "a click in the tray's menu",
}

// openers are patterns of how each room that has such a way opens the browser.
var openers = map[string]string{
	"": `\bbrowse\.Open\b`, "cmd/keyfob": `\bbrowse\.Open\b`, "ui": `\.OpenBrowser\b`, "ui/tray": `\.SignIn\b`,
}

// TestOnlyAPersonOpensABrowser: of other tools people tell of hundreds of tabs after their laptop woke. A new way to
// the browser fails here, until somebody has thought about it and written down with which deed of a person it begins.
func TestOnlyAPersonOpensABrowser(t *testing.T) {
	found := map[string]bool{}
	for room, opener := range openers {
		follow(opener, sources(t, filepath.Join("..", room)), found)
	}
	for way := range found {
		if _, known := browserWays[way]; !known {
			t.Errorf("%s leads to the browser: what does a person do to get there?", way)
		}
	}
	for way := range browserWays {
		if !found[way] {
			t.Errorf("%s does not lead to the browser any more", way)
		}
	}
}

// follow finds the functions in which the pattern is, those that mention these, and so on to the ends of browserWays.
func follow(pattern string, files map[string]*ast.File, found map[string]bool) {
	for file, f := range files {
		for _, d := range f.Decls {
			title, call := named(d)
			way := file + ": " + title
			if found[way] || !uses(d, pattern) {
				continue
			}
			found[way] = true
			if outside, known := browserWays[way]; known && outside == "" {
				follow(call, files, found)
			}
		}
	}
}

// TestNothingElseCanOpenABrowser: there is one opener, out of reach for all that works in the background, and hardly a
// room that can start any program at all.
func TestNothingElseCanOpenABrowser(t *testing.T) {
	mayImport := map[string][]string{
		"github.com/pkg/browser": {"internal/browse"},
		"keyfob/internal/browse": {"", "cmd/keyfob"},
		// They start this program; the last one looks for the desktop program.
		"os/exec":                {"internal/detach", "storage", "cmd/keyfob"},
		"keyfob/internal/detach": {"", "cmd/keyfob"},
	}
	programs := regexp.MustCompile(
		`\.(OpenURL|(?:New)?Hyperlink\w*|NewRichTextFromMarkdown|StartProcess|ForkExec|ShellExecute)\b`)
	for room, p := range packages(t) {
		if strings.HasPrefix(room, "e2e") || strings.HasSuffix(room, "traytest") {
			continue
		}
		for file, f := range sources(t, p.Dir) {
			for _, i := range f.Imports {
				path := strings.Trim(i.Path.Value, `"`)
				if rooms, guarded := mayImport[path]; guarded && (i.Name != nil || !slices.Contains(rooms, room)) {
					t.Errorf("%s imports %s", file, path)
				}
			}
			if found := programs.Find(read(t, filepath.Join("..", file))); found != nil && room != "internal/browse" {
				t.Errorf("%s uses %s", file, found)
			}
		}
	}
}

// sources are the files in a folder, for every system, but for the tests; by their paths from the project's root.
func sources(t *testing.T, dir string) map[string]*ast.File {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no Go in %s: %v", dir, err)
	}
	files := map[string]*ast.File{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		absolute, _ := filepath.Abs(path)
		name, err := filepath.Rel(root, absolute)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.ToSlash(name)] = f
	}
	return files
}

// named is a declaration's name as "Type.method", and a pattern of how the others of its package mention it.
func named(d ast.Decl) (title, call string) {
	f, ok := d.(*ast.FuncDecl)
	switch {
	case !ok:
		return "outside of functions", `$^`
	case f.Recv == nil:
		return f.Name.Name, `(?:^|[^.\w])` + f.Name.Name + `\b`
	}
	of := strings.TrimPrefix(types.ExprString(f.Recv.List[0].Type), "*")
	return of + "." + f.Name.Name, `\.` + f.Name.Name + `\b`
}

// uses tells whether a declaration, its own name and comments apart, has something in it that matches.
func uses(d ast.Decl, pattern string) bool {
	var node any = d
	if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
		node = f.Body
	}
	var source strings.Builder
	if err := printer.Fprint(&source, token.NewFileSet(), node); err != nil {
		panic(err) // it was parsed
	}
	return regexp.MustCompile(pattern).MatchString(source.String())
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
