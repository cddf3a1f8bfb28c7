package challenge

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type params = map[string]string

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		what  string
		lines []string
		want  []Challenge
	}{
		{"nothing", nil, nil},
		{"empty lines", []string{"", " , ,, "}, nil},
		{"a bare scheme", []string{"Negotiate"}, []Challenge{{Scheme: "Negotiate"}}},
		{
			"RFC 6750 §3.1", []string{`Bearer realm="example", error="invalid_token", error_description="It expired"`},
			[]Challenge{{"Bearer", params{"realm": "example", "error": "invalid_token", "error_description": "It expired"}, ""}},
		},
		{
			"RFC 9110 §11.6.1", []string{`Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""`},
			[]Challenge{
				{"Basic", params{"realm": "simple"}, ""},
				{"Newauth", params{"realm": "apps", "type": "1", "title": `Login to "apps"`}, ""},
			},
		},
		{
			"token68", []string{"NTLM TlRMTVNTUAAC==, Basic abc/+=, Other a=b"},
			[]Challenge{{"NTLM", nil, "TlRMTVNTUAAC=="}, {"Basic", nil, "abc/+="}, {"Other", params{"a": "b"}, ""}},
		},
		{
			"two lines", []string{`Bearer error=a`, `Basic`},
			[]Challenge{{"Bearer", params{"error": "a"}, ""}, {Scheme: "Basic"}},
		},
		{
			"a challenge in two lines", []string{`Bearer realm="x"`, `error="y"`},
			[]Challenge{{"Bearer", params{"realm": "x", "error": "y"}, ""}},
		},
		{
			"loose spaces and commas", []string{"\t, bearer\t Error = \"x\" ,, realm =y ,"},
			[]Challenge{{"bearer", params{"error": "x", "realm": "y"}, ""}},
		},
		{"empty text", []string{`Bearer error=""`}, []Challenge{{"Bearer", params{"error": ""}, ""}}},
		{"a comma in text", []string{`A b="c, D e=f", g=h`}, []Challenge{{"A", params{"b": "c, D e=f", "g": "h"}, ""}}},
		{"other bytes in text", []string{"A b=\"é\xff\""}, []Challenge{{"A", params{"b": "é\xff"}, ""}}},
		{"a name twice", []string{`A b=1, B=2`}, []Challenge{{"A", params{"b": "1"}, ""}}},

		{"a parameter of nobody", []string{`error="x"`}, nil},
		{"text without an end", []string{`A b=1, c="d, e=f`}, []Challenge{{"A", params{"b": "1"}, ""}}},
		{"an escape at the end", []string{`A b=1, c="d\`}, []Challenge{{"A", params{"b": "1"}, ""}}},
		{"no end in the first line", []string{`A b="c`, `B d=e`}, []Challenge{{Scheme: "A"}, {"B", params{"d": "e"}, ""}}},
		{
			"quotes in quotes", []string{`A b="the "new" one, c=d", e=f`},
			[]Challenge{{"A", params{"e": "f"}, ""}},
		},
		{"no value", []string{`A b=, c=d, e=@, f=g`}, []Challenge{{"A", params{"c": "d", "f": "g"}, "b="}}},
		{"two values", []string{`A b=c d, e=f`}, []Challenge{{"A", params{"e": "f"}, ""}}},
		{
			"a bad scheme takes its parameters along", []string{`A b=c, D@E f=g, h=i, J k=l`},
			[]Challenge{{"A", params{"b": "c"}, ""}, {"J", params{"k": "l"}, ""}},
		},
		{"controls", []string{"A b=\"\x00\"", "C d=\"\r\n\"", "E f=\"\x7f\"", "G h=\"i\tj\""}, []Challenge{{"G",
			params{"h": "i\tj"}, ""}}},
		{"too long", []string{"A", "B c=" + strings.Repeat("x", maxBytes), "D"}, []Challenge{{Scheme: "A"}}},
	} {
		if got := Parse(tt.lines); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %q\n got %#v\nwant %#v", tt.what, tt.lines, got, tt.want)
		}
	}
}

func TestParseHasAnEnd(t *testing.T) {
	if got := Parse([]string{strings.Repeat("A b=c,", 100)}); len(got) != maxChallenges {
		t.Errorf("%d challenges", len(got))
	}
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprintf("p%d=x", i))
	}
	if got := Parse([]string{"A " + strings.Join(many, ",")}); len(got) != 1 || len(got[0].Params) != maxParams {
		t.Errorf("%d challenges, the first with %d parameters", len(got), len(got[0].Params))
	}
}

// FuzzParse: what was read is within the grammar and the limits, and is read again as the same when it is written anew.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`Bearer realm="example", error="invalid_token", error_description="The access token expired"`,
		`Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\""`,
		"NTLM TlRMTVNTUAAC==, Negotiate", `A b="c, D e=f", g=h`, `A b="c`, `A b=, c=@`, "A b=\"\\", ",,=,=\"", "A =b, c = d",
		"A b=\"\x00\"", strings.Repeat("A,", 40), "A a=1,A=2", "A b=c\nB d=e", "A b\t=\t\"c\\\\\"",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		read := Parse(strings.Split(field, "\n"))
		if len(read) > maxChallenges {
			t.Fatalf("%d challenges", len(read))
		}
		for _, c := range read {
			check(t, c)
		}
		anew := write(read)
		if len(anew) > maxBytes { // quoting made it longer
			return
		}
		if again := Parse([]string{anew}); !reflect.DeepEqual(again, read) {
			t.Fatalf("%q\nis %#v\n%q\nis %#v", field, read, anew, again)
		}
	})
}

func check(t *testing.T, c Challenge) {
	t.Helper()
	wrong := func(s string, belongs func(byte) bool) bool {
		return s == "" || slices.ContainsFunc([]byte(s), func(b byte) bool { return !belongs(b) })
	}
	if wrong(c.Scheme, isToken) || c.Token68 != "" && wrong(strings.TrimRight(c.Token68, "="), isToken68) {
		t.Fatalf("%#v passed", c)
	}
	if len(c.Params) > maxParams {
		t.Fatalf("%d parameters", len(c.Params))
	}
	for name, value := range c.Params {
		if wrong(name, isToken) || name != strings.ToLower(name) || strings.ContainsFunc(value, control) {
			t.Fatalf("%q=%q passed", name, value)
		}
	}
}

// write is the field as a careful server would send it.
func write(all []Challenge) string {
	var list []string
	for _, c := range all {
		parts := []string{}
		if c.Token68 != "" {
			parts = append(parts, c.Token68)
		}
		for _, name := range slices.Sorted(maps.Keys(c.Params)) {
			escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(c.Params[name])
			parts = append(parts, name+`="`+escaped+`"`)
		}
		list = append(list, strings.TrimSpace(c.Scheme+" "+strings.Join(parts, ", ")))
	}
	return strings.Join(list, ", ")
}
