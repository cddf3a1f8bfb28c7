package localapi

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/localapi/wire"
	"keyfob/internal/profile"
)

// shapes are the types behind the schemas of docs/agent-api.json.
var shapes = map[string]any{
	"Problem": fault.Error{}, "Finding": fault.Finding{}, "Error": wire.Error{}, "Agent": account.Agent{},
	"Snapshot": account.Snapshot{}, "Keychain": account.Keychain{}, "Account": account.Account{},
	"Person": account.Person{}, "Attempt": account.Attempt{}, "Program": account.Program{},
	"Request": account.Request{}, "LogLine": account.HandOut{}, "Log": wire.Log{}, "Token": wire.Token{},
	"Profiles": wire.Profiles{}, "ProfileLine": wire.ProfileLine{}, "Profile": profile.Profile{},
	"SignOut": account.SignOutReport{}, "Page": wire.Page{}, "Gateway": wire.Gateway{},
	"GatewayAddress": account.GatewayAddress{}, "Window": wire.Window{}, "Policy": account.Policy{},
	"Nothing": struct{}{}, "Machine": account.Machine{}, "Meter": account.Meter{}, "Quota": account.Quota{},
	"TokenRequest": wire.TokenRequest{}, "SecretRequest": wire.SecretRequest{}, "SignInRequest": wire.SignInRequest{},
	"PolicyRequest": account.Policy{}, "AnswerRequest": wire.AnswerRequest{}, "KeychainRequest": wire.KeychainRequest{},
	"WindowRequest": wire.WindowRequest{},
}

// TestTheDescriptionHasTheRoutes: methods, paths and what is variable in them, in both directions.
func TestTheDescriptionHasTheRoutes(t *testing.T) {
	described := map[string]bool{}
	asked := map[string]bool{}
	for path, operations := range readAPI(t).Paths {
		for method, o := range operations {
			described[strings.ToUpper(method)+" "+path] = true
			var inPath []string
			for _, p := range o.Parameters {
				if p.In == "path" {
					inPath = append(inPath, "{"+p.Name+"}")
				} else {
					asked[p.Name] = true
				}
				if p.Required != (p.In == "path") {
					t.Errorf("%s %s: is %s required?", method, path, p.Name)
				}
			}
			if there := regexp.MustCompile(`\{\w+\}`).FindAllString(path, -1); !slices.Equal(there, inPath) {
				t.Errorf("%s %s describes %q", method, path, inPath)
			}
		}
	}
	served := map[string]bool{}
	for _, r := range newServer(t, Options{Keeper: newFakeKeeper()}).routes() {
		served[r.method+" "+r.path] = true
	}
	wantSame(t, "routes", described, served)
	wantSame(t, "parameters", asked, queries(t))
}

// queries are the names that the server looks for in a query.
func queries(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\.Query\(\)\.Get\("(\w+)"\)`).FindAllSubmatch(source, -1) {
			names[string(m[1])] = true
		}
	}
	return names
}

func wantSame(t *testing.T, what string, described, real map[string]bool) {
	t.Helper()
	for name := range described {
		if !real[name] {
			t.Errorf("%s: %q is in docs/agent-api.json only", what, name)
		}
	}
	for name := range real {
		if !described[name] {
			t.Errorf("%s: %q is not in docs/agent-api.json", what, name)
		}
	}
}

// TestTheDescriptionHasTheMembers of every type that crosses the socket, and says of those that are always there that
// they are; and what closed lists there are.
func TestTheDescriptionHasTheMembers(t *testing.T) {
	api := readAPI(t)
	for name, schema := range api.Components.Schemas {
		if shapes[name] == nil {
			t.Errorf("%s is of no type", name)
			continue
		}
		compareMembers(t, name, schema, reflect.TypeOf(shapes[name]))
	}
	compareMembers(t, "Profile.api", member(api, "Profile", "api"), reflect.TypeFor[profile.API]())
	for at, want := range map[string]map[string]bool{
		"Problem.code":   constants(t, "../fault/fault.go", "Code"),
		"Account.status": constants(t, "../account/account.go", "Status"),
		"Keychain.state": constants(t, "../account/account.go", "KeychainState"),
		"Agent.kind":     constants(t, "../account/account.go", "Kind"),

		"AnswerRequest.answer": constants(t, "../account/program.go", "Answer"),
		"Account.actions":      constants(t, "../account/action.go", "Action"),
	} {
		name, field, _ := strings.Cut(at, ".")
		described := map[string]bool{}
		schema := member(api, name, field)
		if items, list := schema["items"].(object); list {
			schema = items
		}
		values, _ := schema["enum"].([]any)
		for _, v := range values {
			described[v.(string)] = true
		}
		wantSame(t, at, described, want)
	}
}

func member(api *openAPI, name, field string) object {
	properties, _ := api.Components.Schemas[name]["properties"].(object)
	m, _ := properties[field].(object)
	return m
}

func compareMembers(t *testing.T, name string, schema object, typ reflect.Type) {
	t.Helper()
	described, real, required, always := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	properties, _ := schema["properties"].(object)
	for p := range properties {
		described[p] = true
	}
	list, _ := schema["required"].([]any)
	for _, r := range list {
		required[r.(string)] = true
	}
	for f := range typ.Fields() {
		member, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() {
			continue
		}
		real[member] = true
		if options == "" {
			always[member] = true
		}
	}
	wantSame(t, name, described, real)
	if schema["additionalProperties"] == nil && name != "Profile.api" { // requests are closed, and may leave out more
		wantSame(t, name+" required", required, always)
	}
}

// constants are the values of a type's constants, read from its source, so that a new one is not forgotten.
func constants(t *testing.T, path, typ string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		of, _ := spec.Type.(*ast.Ident)
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok && of != nil && of.Name == typ {
			value, _ := strconv.Unquote(lit.Value)
			values[value] = true
		}
		return true
	})
	if len(values) < 2 {
		t.Fatalf("%s has %d constants of type %s: are they somewhere else now?", path, len(values), typ)
	}
	return values
}

// TestTheDescriptionHasTheLimits as they are.
func TestTheDescriptionHasTheLimits(t *testing.T) {
	said := readAPI(t).Info.Description
	for _, limit := range []string{
		fmt.Sprintf("%d connections", maxConns), fmt.Sprintf("%d KB of request line", wire.HeaderBytes>>10),
		fmt.Sprintf("header, within %d seconds", int(headerLimit.Seconds())),
		fmt.Sprintf("x-max-bytes, within %d seconds", int(bodyLimit.Seconds())),
		fmt.Sprintf("%d minutes for a call", int(callLimit.Minutes())), fmt.Sprintf("%d streams", maxStreams),
		fmt.Sprintf("%d seconds for each event", int(streamWrite.Seconds())),
	} {
		if !strings.Contains(said, limit) {
			t.Errorf("docs/agent-api.json does not say %q", limit)
		}
	}
}
