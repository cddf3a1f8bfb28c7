package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/internal/words"
)

type inner struct {
	URLs  []string `json:"base_urls"`
	Count int      `json:"count"`
}

type Base struct {
	Scope string `json:"scope"`
}

type document struct {
	Base
	Issuer string            `json:"issuer"`
	Token  secret.Text       `json:"access_token"`
	Rate   float64           `json:"rate"`
	On     bool              `json:"on"`
	API    *inner            `json:"api"`
	Many   []inner           `json:"many"`
	Params map[string]string `json:"params"`
	Picky  picky             `json:"picky"`
	hidden string            //nolint:unused // shows that unexported fields are no members
	Left   string            `json:"-"`
}

type picky struct{}

func (*picky) UnmarshalJSON([]byte) error { return &Error{Reason: "never-right"} }

const roomy = 1 << 20

// told is what an error says to people: its place, its member, and what is wrong.
func told(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Sprintf("a %T: %v", err, err)
	}
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d: ", e.Line, e.Column)
	}
	if e.Member != "" {
		fmt.Fprintf(&b, "%q: ", e.Member)
	}
	_, what, _ := strings.Cut(words.Finding(fault.Finding{Field: "x", Reason: e.Reason, Args: e.Args}), ": ")
	return b.String() + what
}

func TestDecodeReadsAndIgnoresStrangers(t *testing.T) {
	var d document
	err := Decode([]byte(`{"issuer":"i","scope":"s","rate":1.5,"on":true,"api":{"base_urls":["a"],"count":3,"x":{}},
		"many":[{"count":1}],"params":{"Issuer":"free"},"more":{"deep":[1,{"er":null}]},"hidden":1,"Left":2}`), roomy, &d)
	if err != nil {
		t.Fatal(err)
	}
	if d.Issuer != "i" || d.Scope != "s" || d.API.Count != 3 || d.Many[0].Count != 1 || d.Params["Issuer"] != "free" {
		t.Fatalf("read %+v", d)
	}
}

func TestA40DecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"nothing":               {``, `it ends too early`},
		"blanks":                {"  ", `it ends too early`},
		"cut off":               {`{"issuer":"i`, `it ends too early`},
		"cut off after a name":  {`{"issuer"`, `it ends too early`},
		"not JSON":              {`<html>`, `it is not JSON from here on`},
		"a comment":             {`{/* */}`, `it is not JSON from here on`},
		"trailing comma":        {"{\n\"issuer\":\"i\",\n}", `line 2, column 13: it is not JSON from here on`},
		"two values":            {`{} {}`, `it is not JSON from here on`},
		"byte order mark":       {"\xef\xbb\xbf{}", `it begins with a byte order mark; save it as UTF-8 without one`},
		"not UTF-8":             {"{\"issuer\":\"\xff\"}", `it is not UTF-8 text`},
		"UTF-16":                {"\xff\xfe{\x00}\x00", `it is not UTF-8 text`},
		"half a surrogate":      {`{"issuer":"\ud800"}`, `it is not JSON from here on`},
		"raw newline in text":   {"{\"issuer\":\"a\nb\"}", `line 1, column 13: it is not JSON from here on`},
		"twice":                 {`{"issuer":"a","issuer":"b"}`, `"issuer": it is there twice`},
		"twice, escaped":        {`{"issuer":"a","issu\u0065r":"b"}`, `"issuer": it is there twice`},
		"twice, of a stranger":  {`{"x":{"y":1,"y":2}}`, `"x.y": it is there twice`},
		"twice, in an ignored":  {`{"l":[{"y":1,"y":2}]}`, `"l[0].y": it is there twice`},
		"case only":             {`{"Issuer":"a"}`, `"Issuer": its name must be written exactly "issuer"`},
		"case beside the right": {`{"issuer":"a","ISSUER":"b"}`, `"ISSUER": its name must be written exactly "issuer"`},
		"case, embedded":        {`{"Scope":"a"}`, `"Scope": its name must be written exactly "scope"`},
		"case, letter that folds": {`{"acce\u017fs_token":"a"}`,
			`"acceſs_token": its name must be written exactly "access_token"`},
		"case, nested":        {`{"api":{"Count":1}}`, `"api.Count": its name must be written exactly "count"`},
		"case, in a list":     {`{"many":[{},{"Count":1}]}`, `"many[1].Count": its name must be written exactly "count"`},
		"text for a list":     {`{"api":{"base_urls":"canary"}}`, `"api.base_urls": it must be a list, not text`},
		"number for text":     {`{"issuer":4711}`, `"issuer": it must be text, not a number`},
		"number for a secret": {`{"access_token":4711}`, `"access_token": it must be text, not a number`},
		"text for a number":   {"{\n \"rate\": \"canary\"}", `line 2, column 10: "rate": it must be a number, not text`},
		"fraction":            {`{"api":{"count":1.5}}`, `"api.count": it must be a whole number`},
		"too large a number": {`{"api":{"count":99999999999999999999}}`,
			`"api.count": it must be a whole number`},
		"number for a switch": {`{"on":1}`, `"on": it must be true or false, not a number`},
		"list for an object":  {`{"api":[]}`, `"api": it must be an object, not a list`},
		"list at the top":     {`[]`, `it must be an object, not a list`},
		"a type's own reason": {`{"picky":"canary"}`, `"picky": never-right`},
		"a name to be cleaned": {"{\"\\u202eevil\\n\\u001b[31m\":1,\"\\u202eevil\\n\\u001b[31m\":2}",
			`"evil": it is there twice`},
	} {
		var d document
		err := Decode([]byte(c.in), roomy, &d)
		if err == nil || told(err) != c.want {
			t.Errorf("%s: %v\nwant %s", name, told(err), c.want)
		}
		if err != nil && strings.Contains(err.Error()+told(err), "canary") {
			t.Errorf("%s: the error holds a value: %v", name, err)
		}
	}
}

func TestA40SizeAndDepth(t *testing.T) {
	nested := func(n int) []byte { return []byte(`{"x":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}`) }
	var d document
	if err := Decode(nested(MaxDepth), roomy, &d); err != nil {
		t.Errorf("depth %d: %v", MaxDepth, err)
	}
	for _, n := range []int{MaxDepth + 1, 5000, 100_000} {
		if err := Decode(nested(n), roomy, &d); err == nil || !strings.Contains(told(err), "nested too deeply") {
			t.Errorf("depth %d: %v", n, err)
		}
	}
	if err := Decode([]byte(`{}  `), 4, &d); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if err := Decode([]byte(`{}   `), 4, &d); err == nil || told(err) != "it is larger than 4 bytes" {
		t.Errorf("over the limit: %v", err)
	}
	if err := Decode(make([]byte, 256<<10+1), 256<<10, &d); err == nil || told(err) != "it is larger than 256 KB" {
		t.Errorf("over 256 KB: %v", err)
	}
}

func TestDecodeKnownNamesTheNearest(t *testing.T) {
	for in, want := range map[string]struct{ name, nearest string }{
		`{"isuer":"a"}`:               {"isuer", "issuer"},
		`{"Issuer":"a"}`:              {"Issuer", "issuer"},
		`{"weather":"a"}`:             {"weather", ""},
		`{"api":{"base_url":"a"}}`:    {"api.base_url", "api.base_urls"},
		`{"many":[{"kount":"a"}]}`:    {"many[0].kount", "many[0].count"},
		`{"issuer":1,"isuer":"a"}`:    {"isuer", "issuer"},
		"{\"is\\u202e\\u0000uer\":1}": {"isuer", "issuer"},
	} {
		var d document
		var got *Error
		err := DecodeKnown([]byte(in), roomy, &d)
		if !errors.As(err, &got) || got.Reason != fault.JSONUnknown || got.Member != want.name ||
			got.Args["nearest"] != want.nearest {
			t.Errorf("%s: %v, want %v", in, err, want)
		}
	}
	var d document
	if err := DecodeKnown([]byte(`{"issuer":"i","scope":"s","params":{"free":"x"}}`), roomy, &d); err != nil {
		t.Error(err)
	}
}

func TestDecodeIntoAnythingChecksNamesOfNothing(t *testing.T) {
	var m map[string]any
	if err := DecodeKnown([]byte(`{"A":1,"a":[{"B":null}]}`), roomy, &m); err != nil || len(m) != 2 {
		t.Fatal(m, err)
	}
}

func TestDecodeIntoAMapWhoseKeysAreATypeOfTheirOwn(t *testing.T) {
	type id string
	var m map[id]int
	if err := Decode([]byte(`{"a":1}`), roomy, &m); err != nil || m["a"] != 1 {
		t.Fatal(m, err)
	}
}

func TestNumbersOfAnySizeGoIntoAny(t *testing.T) {
	var v any
	if err := Decode([]byte(`{"a":[1e999,-0.10],"A":12345678901234567890}`), roomy, &v); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": []any{json.Number("1e999"), json.Number("-0.10")},
		"A": json.Number("12345678901234567890")}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("%#v", v)
	}
}

// What was there before does not stay where the document says null.
func TestNullIsTheZeroValue(t *testing.T) {
	d := document{Base: Base{"s"}, Issuer: "i", Token: secret.New("canary"), Rate: 1, On: true, API: &inner{Count: 1},
		Many: []inner{{}}, Params: map[string]string{"a": "b"}}
	err := Decode([]byte(`{"scope":null,"issuer":null,"access_token":null,"rate":null,"on":null,"api":null,"many":null,
		"params":null}`), roomy, &d)
	if err != nil || !reflect.DeepEqual(d, document{}) {
		t.Errorf("%+v, %v", d, err)
	}
}

// Times are read by the letter of RFC 3339, as package time does not (golang/go#54580).
func TestTimes(t *testing.T) {
	for text, good := range map[string]bool{
		"2026-01-02T03:04:05Z": true, "2026-01-02T03:04:05.123456789+23:59": true,
		"2026-01-02T03:04:05,5Z": false, "2026-01-02T3:04:05Z": false, "2026-01-02T03:04:05+24:00": false,
		"2026-01-02T03:04:05-01:60": false, "2026-01-02": false, "2026-01-02t03:04:05z": false, "2026-02-30T03:04:05Z": false,
	} {
		var d struct {
			When time.Time `json:"when"`
		}
		err := Decode([]byte(`{"when":"`+text+`"}`), roomy, &d)
		if good != (err == nil) || err != nil && !strings.HasPrefix(told(err), `"when": it must be text`) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// FuzzDecode: what we accept, encoding/json reads in the same way; what we say holds no value.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"issuer":"i","api":{"base_urls":["a"],"count":3}}`, `{"Issuer":"a"}`, `{"issuer":"a","issuer":"b"}`,
		`[[[[]]]]`, `{"rate":1e3,"on":true,"many":[{}]}`, "{\"issuer\":\"\\ud800\"}", `{"params":{"a":"b"}} x`,
		"\xef\xbb\xbf{}",
	} {
		f.Add([]byte(s))
	}
	type plain struct {
		Base
		Issuer string            `json:"issuer"`
		Token  string            `json:"access_token"`
		Rate   float64           `json:"rate"`
		On     bool              `json:"on"`
		API    *inner            `json:"api"`
		Many   []inner           `json:"many"`
		Params map[string]string `json:"params"`
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var ours, theirs plain
		err := Decode(data, 1<<16, &ours)
		if err != nil {
			if strings.ContainsFunc(err.Error()+told(err), func(r rune) bool { return r < ' ' }) {
				t.Fatalf("control characters in %q", err)
			}
			return
		}
		if err := json.NewDecoder(bytes.NewReader(data)).Decode(&theirs); err != nil {
			t.Fatalf("encoding/json refuses what we accept: %v", err)
		}
		a, _ := json.Marshal(ours)
		b, _ := json.Marshal(theirs)
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("we read %s, encoding/json reads %s", a, b)
		}
	})
}
