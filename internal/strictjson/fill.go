package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/fault"
)

// numbers keeps a number that goes into an any as it is written: one that no float64 can hold is no error.
var numbers = jsonv2.WithUnmarshalers(jsonv2.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
	if d.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	number, err := d.ReadValue()
	*v = json.Number(number)
	return err
}))

// fill puts a document that scan has passed into a Go value. What was there before is gone: a member that is null is
// the zero value.
func fill(data []byte, v any) error {
	err := jsonv2.Unmarshal(data, v, numbers)
	var semantic *jsonv2.SemanticError
	if errors.As(err, &semantic) {
		return misfit(data, semantic)
	}
	return err
}

// misfit says why a value does not go where it belongs: as its type says it, or by its kind.
func misfit(data []byte, err *jsonv2.SemanticError) error {
	blanks := len(data[err.ByteOffset:]) - len(bytes.TrimLeft(data[err.ByteOffset:], " \t\r\n"))
	e := &Error{Member: path(err.JSONPointer), offset: err.ByteOffset + int64(blanks)}
	var ours *Error
	if errors.As(err.Err, &ours) {
		e.Reason, e.Args = ours.Reason, ours.Args
		return e
	}
	want, found := wanted(err.GoType), kinds[err.JSONKind]
	e.Reason, e.Args = fault.JSONKind, map[string]string{"want": want}
	if found != want && !(want == kindInteger && found == kindNumber) { // "a whole number, not a number" says nothing
		e.Args["found"] = found
	}
	return e
}
