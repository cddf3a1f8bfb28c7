package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keyfob/internal/words/wordstest"
)

// speaking are the packages of which every text comes from the catalogue.
var speaking = []string{
	"cmd/keyfob", "internal/doctor", "internal/words",
	"internal/access", "internal/agent", "internal/browse", "internal/diag", "internal/fault",
}

// notForPeople are literals that look like texts, as "folder/file.go" or "folder/file.go: literal", each with the reason
// why it reaches no person.
var notForPeople = map[string]string{}

// sentence tells literals in which two words stand side by side.
var sentence = regexp.MustCompile(`\pL{2,}[,.;:!?]? \pL{2,}`)

// mediaType is none, though it looks like one.
var mediaType = regexp.MustCompile(`^[a-z]+/[a-z]+; charset=`)

// machinery are the functions whose texts are for developers and logs: the calls that they stand in, by their last name
// or with the package.
var machinery = []string{
	"errors.New", "fmt.Errorf", "panic", "regexp.MustCompile", "strings.NewReplacer",
	"slog.String", "slog.Any", "slog.Int", "slog.Bool", "slog.Duration",
	"Debug", "Info", "Warn", "Error", "DebugContext", "InfoContext", "WarnContext", "ErrorContext", "LogAttrs", "Log",
}

// TestNoOtherTextReachesAPerson reads the source: a literal with a sentence in it that is not for developers belongs in
// the catalogue.
func TestNoOtherTextReachesAPerson(t *testing.T) {
	used := map[string]bool{}
	for _, dir := range speaking {
		for _, file := range sources(t, dir) {
			ast.Inspect(file.ast, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ImportSpec:
					return false
				case *ast.Field:
					n.Tag = nil
				case *ast.KeyValueExpr:
					key, _ := n.Key.(*ast.Ident)
					return key == nil || key.Name != "Use" // how a command is typed
				case *ast.CallExpr:
					return !slices.Contains(machinery, called(n.Fun)) && !slices.Contains(machinery, lastName(n.Fun))
				case *ast.BasicLit:
					text := literal(n)
					if !sentence.MatchString(text) || mediaType.MatchString(text) {
						return true
					}
					one := file.name + ": " + text
					if notForPeople[file.name]+notForPeople[one] == "" {
						t.Errorf("%s: a text that is not from the catalogue: %q", file.set.Position(n.Pos()), text)
					}
					used[file.name], used[one] = true, true
				}
				return true
			})
		}
	}
	for name := range notForPeople {
		if !used[name] {
			t.Errorf("there is no such literal any more: %s", name)
		}
	}
}

// closed are keys that are not literals. Their sets are closed, and known to the tests that are named.
var closed = []*regexp.Regexp{
	regexp.MustCompile(`^fault\.`),                           // TestEveryFaultHasWords
	regexp.MustCompile(`^cli\.(.+\.)?(short|long|example)$`), // cmd/keyfob: TestEveryCommandHasItsTexts
	regexp.MustCompile(`^cli\.(.+\.)?flag\.[a-z-]+$`),        // likewise
}

// TestKeysAndPlaces: each key in the source is in the catalogue, each of the catalogue is used, and who says a text gives
// what stands in its places.
func TestKeysAndPlaces(t *testing.T) {
	used := map[string]bool{}
	isKey := regexp.MustCompile(`^[a-z]+(\.[a-z0-9_-]+)+$`)
	for _, file := range sources(t, ".") {
		ast.Inspect(file.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				for i, arg := range n.Args {
					if lit, ok := arg.(*ast.BasicLit); ok && Has(literal(lit)) {
						placesGiven(t, file, n, i)
						break
					}
				}
				if lastName(n.Fun) == "T" && len(n.Args) > 0 {
					if lit, ok := n.Args[0].(*ast.BasicLit); ok && !Has(literal(lit)) {
						t.Errorf("%s: %q is not in the catalogue", file.set.Position(n.Pos()), literal(lit))
					}
				}
			case *ast.BasicLit:
				used[literal(n)] = true
			}
			return true
		})
	}
	for key := range english().messages {
		base, _, _ := strings.Cut(key, "+")
		if !isKey.MatchString(base) && !strings.HasPrefix(base, "fault.") {
			t.Errorf("%s is no key", key)
		}
		if !used[base] && !slices.ContainsFunc(closed, func(r *regexp.Regexp) bool { return r.MatchString(base) }) {
			t.Errorf("%s is not used", key)
		}
	}
}

// placesGiven looks at a call with a key at position i: behind it stand names and values.
func placesGiven(t *testing.T, file source, call *ast.CallExpr, i int) {
	if call.Ellipsis.IsValid() {
		return // the arguments are put together elsewhere, and seen by tests of their own
	}
	lit, _ := call.Args[i].(*ast.BasicLit)
	key := literal(lit)
	given := map[string]bool{}
	for j := i + 1; j < len(call.Args); j += 2 {
		if name, ok := call.Args[j].(*ast.BasicLit); ok {
			given[literal(name)] = true
		}
	}
	if (len(call.Args)-i)%2 == 0 && lastName(call.Fun) == "T" {
		t.Errorf("%s: names and values come in pairs", file.set.Position(call.Pos()))
	}
	for variant, m := range english().messages {
		base, rest, varies := strings.Cut(variant, "+")
		if base != key || varies && !all(strings.Split(rest, "+"), given) {
			continue
		}
		for _, text := range m {
			for _, place := range places.FindAllStringSubmatch(text, -1) {
				if !given[place[1]] {
					t.Errorf("%s: %s has a place for %q, which is not given", file.set.Position(call.Pos()), variant, place[1])
				}
			}
		}
	}
}

func all(names []string, given map[string]bool) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return !given[name] })
}

// TestEveryReasonHasWords: a reason is declared in package fault, and has words for a code at least.
func TestEveryReasonHasWords(t *testing.T) {
	declared := wordstest.Declared(t)
	said, _ := wordstest.Reasons(t)
	var spoken []string
	for _, r := range said {
		spoken = append(spoken, string(r.Reason))
		if !slices.Contains(declared, r.Reason) {
			t.Errorf("fault.%s/%s: package fault has no such reason", r.Code, r.Reason)
		}
	}
	for _, r := range declared {
		if !slices.Contains(spoken, string(r)) {
			t.Errorf("the reason %s has no words", r)
		}
	}
}

// source is a file of ours.
type source struct {
	name string // its path in the module
	set  *token.FileSet
	ast  *ast.File
}

// sources are the files of a folder and, of the module's own, those below it; tests are left out.
func sources(t *testing.T, dir string) (found []source) {
	t.Helper()
	root := wordstest.Root(t)
	top := filepath.Join(root, dir)
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != top && (dir != "." || skipped(root, path)):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		name, _ := filepath.Rel(root, path)
		found = append(found, source{filepath.ToSlash(name), set, file})
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatal(dir, err)
	}
	return found
}

// skipped are folders without source of ours that says anything.
func skipped(root, path string) bool {
	name, _ := filepath.Rel(root, path)
	return slices.Contains([]string{"build", "e2e", "bench", "docs", "packaging", "tools", ".git"}, name)
}

func literal(lit *ast.BasicLit) string {
	if lit == nil || lit.Kind != token.STRING {
		return ""
	}
	text, _ := strconv.Unquote(lit.Value)
	return text
}

// called is the name of a function as it is called: errors.New.
func called(fun ast.Expr) string {
	if sel, ok := fun.(*ast.SelectorExpr); ok {
		if x, ok := sel.X.(*ast.Ident); ok {
			return x.Name + "." + sel.Sel.Name
		}
		return sel.Sel.Name
	}
	return lastName(fun)
}

func lastName(fun ast.Expr) string {
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}
