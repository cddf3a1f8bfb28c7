package strictjson

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// filler puts a document that scan has passed into a Go value. It ends with the first value that does not go where it
// belongs. encoding/json would do less well: it folds the case of names, and where a member is null it leaves what was
// there before.
type filler struct{ d *jsontext.Decoder }

func fill(data []byte, v any) error {
	return filler{jsontext.NewDecoder(bytes.NewBuffer(data))}.value(reflect.ValueOf(v).Elem())
}

// value consumes one JSON value, which goes into v.
func (f filler) value(v reflect.Value) error {
	kind := f.d.PeekKind()
	if v.Kind() == reflect.Pointer && kind != 'n' {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		return f.value(v.Elem())
	}
	switch {
	case decodesItself(v):
	case kind == '{' && v.Kind() == reflect.Struct:
		return f.object(v)
	case kind == '{' && v.Kind() == reflect.Map:
		return f.dictionary(v)
	case kind == '[' && v.Kind() == reflect.Slice:
		return f.list(v)
	}
	raw, err := f.d.ReadValue()
	if err != nil {
		return err
	}
	if err := put(v, raw); err != nil {
		return misfit(v.Type(), raw.Kind(), err, f.d.StackPointer(), f.d.InputOffset()-int64(len(raw)))
	}
	return nil
}

func (f filler) object(v reflect.Value) error {
	fields := members(v.Type())
	return f.each('}', func() error {
		name, err := f.d.ReadToken()
		if err != nil {
			return err
		}
		field, ok := fields[name.String()]
		if !ok {
			return f.d.SkipValue()
		}
		return f.value(v.FieldByIndex(field.Index))
	})
}

func (f filler) dictionary(v reflect.Value) error {
	v.Set(reflect.MakeMap(v.Type()))
	return f.each('}', func() error {
		name, err := f.d.ReadToken()
		if err != nil {
			return err
		}
		key := reflect.ValueOf(name.String()).Convert(v.Type().Key())
		item := reflect.New(v.Type().Elem()).Elem()
		err = f.value(item)
		v.SetMapIndex(key, item)
		return err
	})
}

func (f filler) list(v reflect.Value) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	return f.each(']', func() error {
		n := v.Len()
		v.Grow(1)
		v.SetLen(n + 1)
		return f.value(v.Index(n))
	})
}

// each consumes an object or a list, one item at a time.
func (f filler) each(end jsontext.Kind, item func() error) error {
	if _, err := f.d.ReadToken(); err != nil {
		return err
	}
	for f.d.PeekKind() != end {
		if err := item(); err != nil {
			return err
		}
	}
	_, err := f.d.ReadToken()
	return err
}

func decodesItself(v reflect.Value) bool {
	switch v.Addr().Interface().(type) {
	case json.Unmarshaler, encoding.TextUnmarshaler:
		return true
	}
	return false
}

// errKind is the error of a value that is of another kind than its place; misfit has the words for it.
var errKind = errors.New("of another kind")

// put sets v to what raw says. Null is the zero value, but for a type that reads JSON by itself.
func put(v reflect.Value, raw jsontext.Value) error {
	switch own := v.Addr().Interface().(type) {
	case *time.Time:
		return putText(v, (*timestamp)(own), raw)
	case json.Unmarshaler:
		return own.UnmarshalJSON(raw)
	case encoding.TextUnmarshaler:
		return putText(v, own, raw)
	case *any:
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber() // one that no float64 can hold is no error
		return d.Decode(own)
	}
	return putPlain(v, raw)
}

func putText(v reflect.Value, into encoding.TextUnmarshaler, raw jsontext.Value) error {
	switch raw.Kind() {
	case 'n':
		v.SetZero()
		return nil
	case '"':
		text, err := jsontext.AppendUnquote(nil, raw)
		return cmp.Or(err, into.UnmarshalText(text))
	}
	return errKind
}

func putPlain(v reflect.Value, raw jsontext.Value) (err error) {
	switch kind := raw.Kind(); {
	case kind == 'n':
		v.SetZero()
	case kind == '"' && v.Kind() == reflect.String:
		var text []byte
		text, err = jsontext.AppendUnquote(nil, raw)
		v.SetString(string(text))
	case (kind == 't' || kind == 'f') && v.Kind() == reflect.Bool:
		v.SetBool(kind == 't')
	case kind == '0' && v.CanInt():
		var n int64
		if n, err = strconv.ParseInt(string(raw), 10, v.Type().Bits()); err == nil {
			v.SetInt(n)
		}
	case kind == '0' && v.CanFloat():
		var n float64
		if n, err = strconv.ParseFloat(string(raw), v.Type().Bits()); err == nil {
			v.SetFloat(n)
		}
	default:
		return errKind
	}
	return err
}

// timestamp is a time.Time that is read by the letter of RFC 3339, as package time does not (golang/go#54580).
type timestamp time.Time

// UnmarshalText refuses an hour of one digit, a comma, and zones that no clock has.
func (t *timestamp) UnmarshalText(text []byte) error {
	var read time.Time
	if err := read.UnmarshalText(text); err != nil {
		return err
	}
	zone := string(text[len(text)-len("07:00"):])
	if text[len("2006-01-02T3")] == ':' || text[len("2006-01-02T15:04:05")] == ',' ||
		text[len(text)-1] != 'Z' && (zone[:2] > "23" || zone[3:] > "59") {
		return errKind
	}
	*t = timestamp(read)
	return nil
}
