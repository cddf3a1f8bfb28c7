package localapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// object is a JSON object, and so is a schema: JSON Schema 2020-12, as far as docs/agent-api.json uses it.
type object = map[string]any

// openAPI is docs/agent-api.json.
type openAPI struct {
	Info       struct{ Description string }
	Paths      map[string]map[string]operation
	Components struct {
		Schemas   map[string]object
		Responses map[string]response
	}
}

type operation struct {
	ID          string `json:"operationId"`
	Parameters  []parameter
	RequestBody *struct {
		Required bool
		MaxBytes int `json:"x-max-bytes"`
		Content  content
	}
	Responses map[string]response
}

type parameter struct {
	Name, In string
	Required bool
	Schema   object
}

type response struct {
	Ref     string   `json:"$ref"`
	Codes   []string `json:"x-codes"`
	Content content
}

type content map[string]struct {
	Schema object
	Events map[string]object `json:"x-events"`
}

func readAPI(t *testing.T) *openAPI {
	t.Helper()
	data, err := os.ReadFile("../../docs/agent-api.json")
	if err != nil {
		t.Fatal(err)
	}
	var api openAPI
	if err := json.Unmarshal(data, &api); err != nil {
		t.Fatal(err)
	}
	return &api
}

// response is what the operation says of a status.
func (api *openAPI) response(o operation, status string) response {
	r := o.Responses[status]
	if name, referred := strings.CutPrefix(r.Ref, "#/components/responses/"); referred {
		return api.Components.Responses[name]
	}
	return r
}

// check tells what is wrong with a value, by the schema. A member that the schema does not have is wrong as well,
// though the document allows it to those who read answers: a newer server may send more than they know. A word of JSON
// Schema that is not known here is wrong, so that nothing of the document goes unchecked.
func (api *openAPI) check(schema object, value any, at string) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, at+": "+fmt.Sprintf(format, args...)) }
	for word, want := range schema {
		switch word {
		case "description", "required", "additionalProperties": // the last two with properties
		case "$ref":
			name := strings.TrimPrefix(want.(string), "#/components/schemas/")
			if api.Components.Schemas[name] == nil {
				say("there is no schema %s", name)
			}
			wrong = append(wrong, api.check(api.Components.Schemas[name], value, at)...)
		case "type":
			if !isType(want, value) {
				say("%v is not of type %v", value, want)
			}
		case "const":
			if !reflect.DeepEqual(value, want) {
				say("%v is not %v", value, want)
			}
		case "enum":
			if !slices.Contains(want.([]any), value) {
				say("%v is not one of the enum", value)
			}
		case "properties":
			wrong = append(wrong, api.members(schema, value, at)...)
		case "items":
			list, _ := value.([]any)
			for i, v := range list {
				wrong = append(wrong, api.check(want.(object), v, fmt.Sprint(at, "[", i, "]"))...)
			}
		case "oneOf":
			fitting := slices.DeleteFunc(slices.Clone(want.([]any)), func(s any) bool {
				return len(api.check(s.(object), value, at)) > 0
			})
			if len(fitting) != 1 {
				say("%v fits %d of oneOf", value, len(fitting))
			}
		default:
			if problem := checkPlain(word, want, value); problem != "" {
				say("%s", problem)
			}
		}
	}
	if _, free := schema["additionalProperties"].(object); free && schema["properties"] == nil {
		wrong = append(wrong, api.members(schema, value, at)...)
	}
	return wrong
}

// members checks an object's members.
func (api *openAPI) members(schema object, value any, at string) (wrong []string) {
	has, isObject := value.(object)
	if !isObject {
		return nil // type says so
	}
	known, _ := schema["properties"].(object)
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, there := has[name.(string)]; !there {
			wrong = append(wrong, fmt.Sprintf("%s: %s is missing", at, name))
		}
	}
	rest, _ := schema["additionalProperties"].(object)
	for _, name := range slices.Sorted(maps.Keys(has)) {
		member, documented := known[name].(object)
		switch {
		case documented:
			wrong = append(wrong, api.check(member, has[name], at+"."+name)...)
		case rest != nil:
			wrong = append(wrong, api.check(rest, has[name], at+"."+name)...)
		default:
			wrong = append(wrong, fmt.Sprintf("%s: %s is not documented", at, name))
		}
	}
	return wrong
}

func isType(want, value any) bool {
	switch v := value.(type) {
	case object:
		return want == "object"
	case []any:
		return want == "array"
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case float64:
		return want == "number" || want == "integer" && v == math.Trunc(v)
	}
	return false
}

// checkPlain checks what only strings and numbers have.
func checkPlain(word string, want, value any) (problem string) {
	text, _ := value.(string)
	number, _ := value.(float64)
	limit, _ := want.(float64)
	var fits bool
	switch word {
	case "format":
		fits = isFormat(want, text)
	case "pattern":
		fits = regexp.MustCompile(want.(string)).MatchString(text)
	case "minLength":
		fits = utf8.RuneCountInString(text) >= int(limit)
	case "maxLength":
		fits = utf8.RuneCountInString(text) <= int(limit)
	case "minimum":
		fits = number >= limit
	case "maximum":
		fits = number <= limit
	default:
		return word + " is not known to this test"
	}
	if fits {
		return ""
	}
	return fmt.Sprintf("%v does not fit %s %v", value, word, want)
}

func isFormat(want any, text string) bool {
	switch want {
	case "date-time":
		_, err := time.Parse(time.RFC3339, text)
		return err == nil
	case "uri":
		u, err := url.Parse(text)
		return err == nil && u.IsAbs()
	}
	return false
}

// TestTheSchemaCheckFindsWhatIsWrong: each word of a schema can fail, and a good value passes.
func TestTheSchemaCheckFindsWhatIsWrong(t *testing.T) {
	api := &openAPI{}
	api.Components.Schemas = map[string]object{"Word": {"type": "string"}}
	for _, c := range []struct{ schema, good, bad string }{
		{`{"type":"string"}`, `"a"`, `1`},
		{`{"type":"boolean"}`, `true`, `"true"`},
		{`{"type":"integer"}`, `1`, `1.5`},
		{`{"type":"number"}`, `1.5`, `null`},
		{`{"type":"array","items":{"type":"string"}}`, `["a"]`, `["a",1]`},
		{`{"type":"array"}`, `[]`, `null`},
		{`{"type":"object"}`, `{}`, `[]`},
		{`{"properties":{"a":{"type":"string"}}}`, `{"a":"b"}`, `{"a":1}`},
		{`{"properties":{"a":{}}}`, `{}`, `{"b":1}`},
		{`{"properties":{"a":{}},"required":["a"]}`, `{"a":1}`, `{}`},
		{`{"properties":{"a":{}},"additionalProperties":false}`, `{"a":1}`, `{"b":1}`},
		{`{"additionalProperties":{"type":"string"}}`, `{"b":"c"}`, `{"b":1}`},
		{`{"enum":["a","b"]}`, `"b"`, `"c"`},
		{`{"const":1}`, `1`, `2`},
		{`{"$ref":"#/components/schemas/Word"}`, `"a"`, `1`},
		{`{"oneOf":[{"type":"string"},{"type":"array"}]}`, `"a"`, `1`},
		{`{"format":"date-time"}`, `"2026-01-02T03:04:05Z"`, `"yesterday"`},
		{`{"format":"uri"}`, `"https://a.example/"`, `"/a"`},
		{`{"pattern":"^[a-z]$"}`, `"a"`, `"A"`},
		{`{"minLength":1}`, `"a"`, `""`},
		{`{"maxLength":1}`, `"ä"`, `"ab"`},
		{`{"minimum":0}`, `0`, `-1`},
		{`{"maximum":2}`, `2`, `3`},
	} {
		var schema object
		var good, bad any
		for text, v := range map[string]any{c.schema: &schema, c.good: &good, c.bad: &bad} {
			if err := json.Unmarshal([]byte(text), v); err != nil {
				t.Fatal(err)
			}
		}
		if wrong := api.check(schema, good, "it"); len(wrong) > 0 {
			t.Errorf("%s refuses %s: %s", c.schema, c.good, wrong)
		}
		if wrong := api.check(schema, bad, "it"); len(wrong) != 1 {
			t.Errorf("%s says of %s: %s", c.schema, c.bad, wrong)
		}
	}
	for _, schema := range []object{
		{"allOf": []any{}}, {"format": "email"}, {"$ref": "#/components/schemas/None"}, {"oneOf": []any{object{}, object{}}},
	} {
		if wrong := api.check(schema, "a", "it"); len(wrong) == 0 {
			t.Errorf("%v was taken", schema)
		}
	}
}
