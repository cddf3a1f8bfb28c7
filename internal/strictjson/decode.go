package strictjson

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"keyfob/internal/fault"
)

// MaxDepth is how deep objects and lists may be nested.
const MaxDepth = 20

// Decode reads the one JSON value that data holds into v, a pointer. Data of more than limit bytes is refused unread.
// Members that v does not know are ignored, so that a provider may say more than we ask. Names match exactly, and null
// is the zero value.
//
// What v may hold are structs with tags as for encoding/json, maps with text for keys, slices, text, booleans, signed
// integers, floats, pointers to them, any (numbers are json.Number), and what decodes itself (json.Unmarshaler, which
// must not keep or change the bytes that it is given, and encoding.TextUnmarshaler). Options of tags and anything else
// are not for reading.
//
// The error is an *Error, which holds names of members and places, and never a value from the document.
func Decode(data []byte, limit int, v any) error { return decode(data, limit, v, false) }

// DecodeKnown is Decode for documents that are written for us: a member that v does not know is fault.JSONUnknown.
func DecodeKnown(data []byte, limit int, v any) error { return decode(data, limit, v, true) }

func decode(data []byte, limit int, v any, known bool) error {
	if len(data) > limit {
		return wrong(fault.JSONSize, "size", strconv.Itoa(limit))
	}
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return wrong(fault.JSONBOM)
	}
	if !utf8.Valid(data) {
		return wrong(fault.JSONUTF8)
	}
	if err := scan(data, v, known); err != nil {
		return explain(data, err)
	}
	if err := fill(data, v); err != nil {
		return explain(data, err)
	}
	return nil
}
