package profile

import (
	"math"
	"reflect"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/strictjson"
)

// FuzzMarshalLikeTheReference: files are kept, compared and digested, so that their bytes must not change: they are those
// of github.com/go-json-experiment/json, which wrote them first.
func FuzzMarshalLikeTheReference(f *testing.F) {
	for _, text := range []string{
		"", "Acme", `<a href="x">&amp;</a>`, "\u2028\u2029", `\u2028 \\u2029 \`, `\ufffd`, `\\ufffd`, "\ufffd", "\xff", "a\xc3", "\xed\xa0\x80",
		"\x00\x01\b\f\n\r\t\x1f\x7f\u0080", "ü😀\u202e", `"`, `'/`, "\ufeff",
	} {
		f.Add(text, "Acme", 1, 0.5)
		f.Add("Acme", text, -1, 1e-7)
	}
	for _, number := range []float64{
		0, math.Copysign(0, -1), 1, 100, 1e20, 1e21, 1e-6, 1e-7, 0.1, 1.0 / 3, math.MaxFloat64, math.SmallestNonzeroFloat64,
		math.Inf(1), math.NaN(),
	} {
		f.Add("a", "b", math.MinInt, number)
	}
	f.Fuzz(func(t *testing.T, one, two string, n int, rate float64) {
		for _, p := range []Profile{
			{},
			{ClientName: one, ID: two, Version: n, MaxRequestsPerSecond: rate},
			{Contacts: []string{}, Resource: Texts{}, AuthorizationParams: map[string]string{}, API: &API{}},
			{Contacts: []string{one, two, ""}, Resource: Texts{two}, API: &API{BaseURLs: []string{one}, DefaultTokenLifetime: n}},
			{AuthorizationParams: map[string]string{one: two, two: one, "b": "", "B": "", "a": two}, MonthlyTokenLimit: n},
		} {
			got, err := p.Marshal()
			want, reference := jsonv2.Marshal(p, jsontext.WithIndent("  "), jsonv2.Deterministic(true))
			if (err == nil) != (reference == nil) || err == nil && string(got) != string(want)+"\n" {
				t.Fatalf("%s, %v\nbut the reference: %s, %v", got, err, want, reference)
			}
		}
	})
}

// FuzzReadLikeTheReference: a profile is read as github.com/go-json-experiment/json reads it, the texts in their two
// forms included.
func FuzzReadLikeTheReference(f *testing.F) {
	for _, s := range []string{
		full, minimal(`"resource": "urn:\u0061"`), `{"resource": ["a", null]}`, `{"resource": null}`, `{"resource": ["a", 1, "b"]}`,
		`{"resource": {}}`, `{"resource": ""}`, `{"api": null, "scope": null}`, `{"api": {"base_urls": null}}`, `{"api": {"x": 1}}`,
		`{"max_requests_per_second": 1e2, "monthly_token_limit": 1e2}`, `{"keyfob_profile": -0}`, `{"authorization_params": {"a": null}}`,
		`{"Scope": "x"}`, `null`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var ours, theirs Profile
		err := strictjson.DecodeKnown(data, MaxBytes, &ours)
		reference := jsonv2.Unmarshal(data, &theirs, jsonv2.RejectUnknownMembers(true))
		if err == nil && (reference != nil || !reflect.DeepEqual(ours, theirs)) {
			t.Fatalf("%+v, but the reference: %+v, %v", ours, theirs, reference)
		}
		if err != nil && reference == nil {
			t.Fatalf("%v, but the reference has nothing against it", err)
		}
	})
}
