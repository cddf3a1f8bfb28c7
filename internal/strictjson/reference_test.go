package strictjson

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/secret"
)

// everything has what documents are read into, of each kind one.
type everything struct {
	Base
	Text    string                    `json:"text"`
	Secret  secret.Text               `json:"secret"`
	On      bool                      `json:"on"`
	Int     int                       `json:"int"`
	Small   int8                      `json:"small"`
	Long    int64                     `json:"long"`
	Rate    float64                   `json:"rate"`
	Short   float32                   `json:"short"`
	When    time.Time                 `json:"when,omitzero"`
	Raw     jsontext.Value            `json:"raw"`
	Own     own                       `json:"own"`
	Texts   []string                  `json:"texts"`
	Lists   [][]int                   `json:"lists"`
	Inner   inner                     `json:"inner"`
	Many    []inner                   `json:"many"`
	Params  map[string]string         `json:"params"`
	Members map[string]jsontext.Value `json:"members"`
	Nested  map[string]map[string]int `json:"nested"`
	Named   namedText                 `json:"named"`

	MaybeText   *string      `json:"maybe_text"`
	MaybeSecret *secret.Text `json:"maybe_secret"`
	MaybeInner  *inner       `json:"maybe_inner"`
	MaybeOwn    *own         `json:"maybe_own"`
	MaybeWhen   *time.Time   `json:"maybe_when"`
	Maybe       **int        `json:"maybe"`
}

type namedText string

// own keeps what it was given, and is not content with numbers.
type own struct{ given string }

func (o *own) UnmarshalJSON(data []byte) error {
	if o.given = string(data); jsontext.Value(data).Kind() == '0' {
		return &Error{Reason: "it must be no number"}
	}
	return nil
}

// FuzzLikeTheReference: github.com/go-json-experiment/json, which is as strict as we are but large, reads what we read
// and as we read it, and takes nothing that we refuse but what scan is for.
func FuzzLikeTheReference(f *testing.F) {
	for _, value := range []string{
		`null`, `true`, `false`, `""`, `"a"`, `"\u0041\n\"\\\/\ud83d\ude00ü\u2028"`, `{}`, `[]`, `[null]`, `{"a":null}`, `{"a":"b"}`,
		`0`, `-0`, `1`, `-1`, `1.0`, `1e2`, `1E-2`, `0.1`, `127`, `128`, `-129`, `9223372036854775807`, `9223372036854775808`,
		`1e308`, `1e309`, `-1e999`, `1e-999`, `3.4e38`, `3.5e38`, `01`, `1.`, `.5`, `+1`, `NaN`, `"1"`,
		`["a","b"]`, `["a",1]`, `[[1],[],null,[2,null]]`, `[[1.5]]`, `{"a":1}`, `{"a":{"b":1},"c":null}`, `{"a":{"b":"c"}}`,
		`{"base_urls":["a"],"count":3,"more":[{}]}`, `{"Count":3}`, `{"base_urls":"a"}`, `[{"count":1},{}]`, `[{"count":1,"count":2}]`,
		`"2026-01-02T03:04:05Z"`, `"2026-01-02T03:04:05.123456789+23:59"`, `"2026-01-02T03:04:05\u005a"`, `"2026-01-02T03:04:05,5Z"`,
		`"2026-01-02T3:04:05Z"`, `"2026-01-02T3:04:05,5Z"`, `"2026-01-02T03:04:05+24:00"`, `"2026-01-02T03:04:05-01:60"`, `"2026-01-02"`,
		`"2026-01-02t03:04:05z"`, `"2026-02-30T03:04:05Z"`, `"\ud800"`, "\"\xff\"", "\"\x00\"", ` [ 1 , 2 ] `, `[1,]`, `{"a":1,}`, `//`,
		strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth),
	} {
		f.Add([]byte(value))
		fields := reflect.TypeFor[everything]()
		for i := 1; i < fields.NumField(); i++ {
			name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
			f.Add([]byte(`{"scope":"s","` + name + `": ` + value + `}`))
		}
	}
	for _, document := range []string{
		``, ` `, `{} {}`, `{}x`, "{}\x00", "\xef\xbb\xbf{}", `{"text":1} x`, `{"TEXT":"a"}`, "{\"te\u017ft\":1}", `{"\u0074ext":"a"}`,
		`{"text":"a","text":"b"}`, `{"text":"a","t\u0065xt":"b"}`, `{"Base":{"scope":"s"}}`, `{"given":1}`, `{"text":null,"int":null}`,
		`{"params":{"A":"1","a":"2"},"more":{"Text":1}}`, `{"members":{"a":[1, 2],"b":"\u0041"},"raw":{"x": 1}}`, `{"text"}`, `{`,
	} {
		f.Add([]byte(document))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		alike[everything](t, data)
		alike[inner](t, data)
		alike[map[string]jsontext.Value](t, data)
		alike[map[string]string](t, data)
		alike[[]string](t, data)
		alike[*int](t, data)
		alike[secret.Text](t, data)
		alike[jsontext.Value](t, data)
	})
}

// alike reads data into a zero T and into one that holds something.
func alike[T any](t *testing.T, data []byte) {
	t.Helper()
	var ours, theirs T
	err, reference := Decode(data, 1<<16, &ours), jsonv2.Unmarshal(data, &theirs)
	if (err == nil) != (reference == nil && len(data) <= 1<<16 && scan(data, &theirs, false) == nil) {
		t.Fatalf("%T: %v, but the reference: %v\n%s", ours, err, reference, data)
	}
	if err != nil {
		return
	}
	if !reflect.DeepEqual(ours, theirs) {
		t.Fatalf("%T: %+v, but the reference: %+v\n%s", ours, ours, theirs, data)
	}
	// Every member is null: what was there is gone, but for what decodes itself.
	var names map[string]any
	if json.Unmarshal(data, &names) != nil || names == nil {
		return
	}
	for name := range names {
		names[name] = nil
	}
	nothing, _ := json.Marshal(names)
	err, reference = Decode(nothing, 1<<16, &ours), jsonv2.Unmarshal(nothing, &theirs)
	if err != nil || reference != nil || !reflect.DeepEqual(ours, theirs) {
		t.Fatalf("%T: %+v, %v, but the reference: %+v, %v\n%s", ours, ours, err, theirs, reference, nothing)
	}
}

func TestNumbersOfAnySizeGoIntoAny(t *testing.T) {
	var v any
	if err := Decode([]byte(`{"a":[1e999,-0.10],"A":12345678901234567890}`), roomy, &v); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": []any{json.Number("1e999"), json.Number("-0.10")}, "A": json.Number("12345678901234567890")}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("%#v", v)
	}
}
