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

	"keyfob/internal/fault"
	"keyfob/internal/words/wordstest"
)

// notForPeople are literals that look like texts, as "folder/file.go" or "folder/file.go: literal". Each has the reason
// why it reaches no person.
var notForPeople = map[string]string{
	"internal/apicall/bearer.go: The incoming token has expired":                     "what an API says, to compare with",
	"internal/profile/findings.go: \"openid profile email offline_access\"":          "scopes",
	"internal/profile/secrets.go: -----BEGIN [A-Z ]*PRIVATE KEY":                     "what a key in a file begins with",
	"internal/profile/template_fill.go: <fill in: ":                                  "the mark of a blank",
	"internal/profile/templates.go: api/read api/write":                              "scopes",
	"internal/profile/templates.go: OpenID Connect":                                  "the name of a protocol",
	"internal/gateway/handler.go: Basic realm=\"Keyfob gateway\", charset=\"UTF-8\"": "a challenge for programs",
	"internal/fastpath/exchange.go":                                                  "a request; cli.waiting",
	"internal/fastpath/fastpath_linux.go":                                            "a header",
	"assets/sheet.go: default-src 'none'; style-src 'sha256-":                        "a policy for browsers",
	"assets/sheet.go: base-uri 'none'; form-action ":                                 "a policy for browsers",
	"storage/vault_darwin.go:  -a  -w go-keyring-base64:\n":                          "a command of the system",
	"assets/sheet.go: '; img-src data:; ":                                            "a policy for browsers",
	"internal/localapi/gateway.go: open gateway":                                     "the name of a call, for the log",
	"internal/localapi/server.go: forget secret":                                     "the name of a call, for the log",
	"internal/localapi/server.go: close gateway":                                     "the name of a call, for the log",
	"internal/localapi/server.go: forget keychain":                                   "the name of a call, for the log",
	"storage/child.go":                                                    "details of what a keychain did",
	"storage/many_dbus.go":                                                "details of what a keychain did",
	"storage/vault_dbus.go":                                               "details of what a keychain did",
	"storage/keychain.go: an answer to another question":                  "the detail of a fault",
	"storage/keychain.go: %q cannot be a key":                             "the detail of a fault",
	"storage/lock.go: held by process %d":                                 "an error for developers",
	"oauthflow/refusalreason.go":                                          "what providers say, to compare with",
	"oauthflow/callback.go: Service not found":                            "what Auth0 says, to compare with",
	"oauthflow/transport.go: remote error":                                "what crypto/tls says, to compare with",
	"oauthflow/transport.go: local error":                                 "what crypto/tls says, to compare with",
	"internal/demo/api.go":                                                "what a provider's API says in a challenge",
	"internal/demo/token.go":                                              "what a provider says in an error",
	"internal/demo/provider.go":                                           "scopes, and the name of the demo's client",
	"internal/demo/login.go: Jane Doe":                                    "the name of a person",
	"internal/demo/login.go: Max Denied":                                  "the name of a person",
	"internal/demo/login.go: Login required":                              "what a provider says in an error",
	"internal/demo/login.go: Service not found: ":                         "what a provider says in an error",
	"internal/demo/login.go: the audience parameter is required":          "what a provider says in an error",
	"internal/demo/login.go: Max has no seat in this demo. Jane has one.": "what a provider says in an error",
}

// sentence tells literals in which two words stand side by side.
var sentence = regexp.MustCompile(`\pL['’]?[,.;:!?)…]* [("“]?\pL`)

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
	for _, file := range sources(t) {
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
	for name := range notForPeople {
		if !used[name] {
			t.Errorf("there is no such literal any more: %s", name)
		}
	}
}

// closed are keys that are not literals. Their sets are closed, and known to the tests that are named.
var closed = []*regexp.Regexp{
	regexp.MustCompile(`^plural\.(zero|one|two|few|many)$`),  // pluralForms
	regexp.MustCompile(`^fault\.`),                           // TestEveryFaultHasWords
	regexp.MustCompile(`^finding\.((json|profile)-|kind\.)`), // TestEveryReasonHasWords
	regexp.MustCompile(`^cli\.(.+\.)?(short|long|example)$`), // cmd/keyfob: TestEveryCommandHasItsTexts
	regexp.MustCompile(`^cli\.(.+\.)?flag\.[a-z-]+$`),        // likewise
}

// TestKeysAndPlaces: each key in the source is in the catalogue, each text of the catalogue is used, and each place of
// a text is given a value.
func TestKeysAndPlaces(t *testing.T) {
	used := map[string]bool{}
	isKey := regexp.MustCompile(`^[a-z]+(\.[a-z0-9_-]+)+$`)
	for _, file := range sources(t) {
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
	for key := range english().raw {
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
	for variant := range english().raw {
		m := english().entry(variant)
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

// TestEveryReasonHasWords: a reason is declared in package fault, and has words for a code at least, or is that of a
// finding.
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
	for key := range english().raw {
		base, _, _ := strings.Cut(key, "+")
		reason := fault.Reason(strings.TrimSuffix(strings.TrimPrefix(base, "finding."), ".line"))
		if !strings.HasPrefix(base, "finding.json-") && !strings.HasPrefix(base, "finding.profile-") {
			continue
		}
		if spoken = append(spoken, string(reason)); !slices.Contains(declared, reason) {
			t.Errorf("%s: package fault has no such reason", key)
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

// sources are all files of the module but its tests.
func sources(t *testing.T) (found []source) {
	t.Helper()
	root := wordstest.Root(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skipped, filepath.ToSlash(name)):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
		found = append(found, source{filepath.ToSlash(name), set, file})
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatal(err)
	}
	return found
}

// skipped are folders without source of ours that says anything to a person.
var skipped = []string{
	".git", "bench", "build", "docs", "e2e", "internal/words/wordstest", "packaging", "tools", "ui/tray/traytest",
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
