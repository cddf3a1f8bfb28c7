package storage

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"strings"
	"testing"

	"keyfob/internal/fault"
)

func TestFramesArriveAsTheyWereSent(t *testing.T) {
	var pipe bytes.Buffer
	want := []answer{
		{Data: []byte("\x00\xff")},
		{Absent: true},
		{Fault: fault.New(fault.SecretTooLarge, "bytes", "9").Because(errors.New("why"))},
	}
	for _, a := range want {
		if err := writeFrame(&pipe, a); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range want {
		var got answer
		if err := readFrame(&pipe, &got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Data, a.Data) || got.Absent != a.Absent {
			t.Errorf("got %v", got)
		}
		if a.Fault != nil && (got.Fault.Error() != a.Fault.Error() || !maps.Equal(got.Fault.Args, a.Fault.Args)) {
			t.Errorf("got %v", got.Fault)
		}
	}
	if err := readFrame(&pipe, new(answer)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

func TestLargestSecretFitsIntoAFrame(t *testing.T) {
	var pipe bytes.Buffer
	key := strings.Repeat("k", 128)
	large := request{Op: opSave, Key: key, Data: make([]byte, sizeLimit(key)), Interactive: true}
	if err := writeFrame(&pipe, large); err != nil {
		t.Fatal(err)
	}
	if pipe.Len() > 4+maxFrame {
		t.Fatalf("%d bytes", pipe.Len())
	}
}

func TestRunChildWithoutARequest(t *testing.T) {
	var out bytes.Buffer
	if code := RunChild(strings.NewReader("half"), &out); code != 2 || out.Len() > 0 {
		t.Fatalf("got %d, %q", code, out.String())
	}
}

func FuzzReadFrame(f *testing.F) {
	var good bytes.Buffer
	if err := writeFrame(&good, request{Op: opLoad, Key: "session/a"}); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Add([]byte("\x00\x00\x00\x02{}rest"))
	f.Fuzz(func(t *testing.T, data []byte) {
		reader := bytes.NewReader(data)
		err := readFrame(reader, new(request))
		if read := len(data) - reader.Len(); read > 4+maxFrame {
			t.Fatalf("read %d bytes", read)
		}
		if err != nil && len(data) > 8 && strings.Contains(err.Error(), string(data[4:])) {
			t.Fatal("the error repeats the message")
		}
	})
}
