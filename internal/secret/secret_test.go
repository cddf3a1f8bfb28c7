package secret

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"go.uber.org/goleak"
)

const canary = "canary-6f1c2d"

// TestMain panics with a secret where a test asks for it, in a process of its own.
func TestMain(m *testing.M) {
	if what := os.Getenv("PANIC_WITH"); what != "" {
		panic(holders()[what])
	}
	goleak.VerifyTestMain(m)
}

// holder has a Text where fmt cannot call its methods, and where it can.
type holder struct {
	t    Text
	P    *Text
	M    map[string]Text
	L    []Text
	A    [1]Text
	I    any
	deep struct{ m map[string][]*Text }
}

// holders are the ways in which a secret may reach something that prints.
func holders() map[string]any {
	s := New(canary)
	h := holder{t: s, P: &s, M: map[string]Text{"a": s}, L: []Text{s}, A: [1]Text{s}, I: s}
	h.deep.m = map[string][]*Text{"b": {&s}}
	return map[string]any{
		"itself": s, "pointer": &s, "struct": h, "pointer to a struct": &h,
		"list": []Text{s}, "map": map[string]any{"x": []any{s, h}}, "key": map[Text]Text{s: s},
		"error": fmt.Errorf("with %v and %w", s, failure{s}), "empty": Text{},
	}
}

// failure is an error that holds a secret.
type failure struct{ t Text }

func (f failure) Error() string { return fmt.Sprint("failed with ", f.t) }

// wantRedacted fails where printed holds the secret in any form in which fmt could have put it.
func wantRedacted(t *testing.T, what, printed string) {
	t.Helper()
	hex := fmt.Sprintf("%x", canary)
	for _, leak := range []string{
		canary, hex, strings.ToUpper(hex), fmt.Sprintf("% x", canary), fmt.Sprint([]byte(canary)),
		fmt.Sprintf("%v", []rune(canary)), "Y2FuYXJ5",
	} {
		if strings.Contains(printed, leak) {
			t.Errorf("%s shows the secret: %s", what, printed)
		}
	}
}

func TestA65EveryVerbIsRedacted(t *testing.T) {
	for verb := range strings.SplitSeq("v,+v,#v,s,q,+q,#q,x,X,#x, x,d,b,o,O,c,U,t,e,g,p,T,w", ",") {
		for what, h := range holders() {
			wantRedacted(t, "%"+verb+" of "+what, fmt.Sprintf("%"+verb, h))
		}
		if got := fmt.Sprintf("%"+verb, New(canary)); !strings.Contains("Tpw", verb) && got != Redacted {
			t.Errorf("%%%s prints %q", verb, got)
		}
	}
	wantRedacted(t, "Sprintln", fmt.Sprintln(holders()))
	wantRedacted(t, "joined errors", errors.Join(failure{New(canary)}, errors.New("x")).Error())
}

func TestA65EncodersWriteTheRedactedWord(t *testing.T) {
	for what, h := range holders() {
		for name, marshal := range map[string]func(any) ([]byte, error){
			"encoding/json":    json.Marshal,
			"encoding/json/v2": func(v any) ([]byte, error) { return jsonv2.Marshal(v) },
		} {
			data, err := marshal(h)
			if _, isError := h.(error); err != nil && !isError { // the second does not encode errors
				t.Fatal(name, what, err)
			}
			wantRedacted(t, name+" of "+what, fmt.Sprint(string(data), err))
		}
	}
	data, err := json.Marshal(map[string]any{"t": New(canary), "m": map[Text]int{New(canary): 1}})
	if want := `{"m":{"[redacted]":1},"t":"[redacted]"}`; err != nil || string(data) != want {
		t.Errorf("%s, %v", data, err)
	}
	var _ encoding.TextMarshaler = Text{}
	if text, err := New(canary).MarshalText(); err != nil || string(text) != Redacted {
		t.Errorf("%s, %v", text, err)
	}
}

func TestA65LogsAreRedacted(t *testing.T) {
	var log bytes.Buffer
	everything := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}
	for _, h := range []slog.Handler{slog.NewJSONHandler(&log, everything), slog.NewTextHandler(&log, everything)} {
		l := slog.New(h).With("always", New(canary)).WithGroup("g")
		for what, v := range holders() {
			l.Debug(what, "v", v, slog.Group("in", "a", v), "group", slog.GroupValue(slog.Any("s", v)))
		}
	}
	wantRedacted(t, "slog", log.String())
	if !strings.Contains(log.String(), Redacted) {
		t.Error("nothing was logged")
	}
}

func TestA65PanicsAreRedacted(t *testing.T) {
	for what := range holders() {
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), "PANIC_WITH="+what)
		out, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "panic: ") {
			t.Fatalf("%s: no panic: %v, %s", what, err, out)
		}
		wantRedacted(t, "a panic with "+what, string(out))
	}
}

// Both decoders call UnmarshalText, and only for strings; what is no string is not quoted in the error.
func TestDecodesStrings(t *testing.T) {
	for name, unmarshal := range map[string]func([]byte, any) error{
		"encoding/json":    json.Unmarshal,
		"encoding/json/v2": func(data []byte, v any) error { return jsonv2.Unmarshal(data, v) },
	} {
		var got struct {
			T Text            `json:"t"`
			P *Text           `json:"p"`
			M map[string]Text `json:"m"`
			E Text            `json:"e"`
			N Text            `json:"n"`
		}
		if err := unmarshal([]byte(`{"t":"a\u0062\"","p":"p","m":{"k":"m"},"e":"","n":null}`), &got); err != nil {
			t.Fatal(name, err)
		}
		if got.T.Reveal() != `ab"` || got.P.Reveal() != "p" || got.M["k"].Reveal() != "m" || !got.E.Empty() ||
			!got.N.Empty() {
			t.Errorf("%s: %q %q", name, got.T.Reveal(), got.P.Reveal())
		}
		for _, bad := range []string{`{"t":4711}`, `{"t":{"x":4711}}`, `{"t":[4711]}`, `{"t":true}`, `{"t":"4711`} {
			err := unmarshal([]byte(bad), &got)
			if err == nil || strings.Contains(err.Error(), "4711") {
				t.Errorf("%s of %s: %v", name, bad, err)
			}
		}
	}
}

// A decoder may use its buffer again.
func TestDecodedCharactersAreACopy(t *testing.T) {
	var s Text
	buffer := []byte(canary)
	if err := s.UnmarshalText(buffer); err != nil {
		t.Fatal(err)
	}
	clear(buffer)
	if s.Reveal() != canary {
		t.Error("the secret changed with the buffer")
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
