package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const canary = "canary-6f1c2d"

// holder prints a Text from where fmt cannot call its methods.
type holder struct {
	t Text
	P *Text
	M map[string]Text
}

func TestEveryPrintedFormIsRedacted(t *testing.T) {
	s := New(canary)
	h := holder{t: s, P: &s, M: map[string]Text{"a": s}}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v"} {
		args := []any{s}
		if verb == "%T %v" {
			args = []any{s, s}
		}
		fmt.Fprintf(&out, verb+"\n", args...)
		fmt.Fprintf(&out, strings.ReplaceAll(verb, "%T ", "")+"\n", h)
		fmt.Fprintf(&out, strings.ReplaceAll(verb, "%T ", "")+"\n", &h)
	}
	b, err := json.Marshal(map[string]any{"s": s, "h": h, "p": &s})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(b)
	var log bytes.Buffer
	for _, l := range []*slog.Logger{slog.New(slog.NewJSONHandler(&log, nil)), slog.New(slog.NewTextHandler(&log, nil))} {
		l.Info("x", "secret", s, "holder", h, "group", slog.GroupValue(slog.Any("s", s)))
	}
	out.Write(log.Bytes())
	hex := fmt.Sprintf("%x", canary)
	for _, leak := range []string{canary, hex, strings.ToUpper(hex)} {
		if strings.Contains(out.String(), leak) {
			t.Fatalf("a printed form holds the secret:\n%s", out.String())
		}
	}
	if !strings.Contains(out.String(), Redacted) {
		t.Fatal("nothing printed the redacted word")
	}
}

func TestRevealEqualEmpty(t *testing.T) {
	if New(canary).Reveal() != canary || !New("").Empty() || New(canary).Empty() {
		t.Fatal("Reveal or Empty is wrong")
	}
	if !New(canary).Equal(New(canary)) || New(canary).Equal(New("other")) || New(canary).Equal(Text{}) {
		t.Fatal("Equal is wrong")
	}
}
