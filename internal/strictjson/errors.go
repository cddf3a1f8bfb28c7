package strictjson

import (
	"bytes"
	"encoding"
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/display"
	"keyfob/internal/fault"
)

// Error tells what is wrong with a document, and where. A type's own UnmarshalJSON may return one with a Reason.
type Error struct {
	Reason fault.Reason      // fault.JSON…, or a type's own
	Args   map[string]string // that the reason's words use
	Member string            // as "api.base_urls[1]", cleaned for display; empty for the whole document
	Line   int               // from 1; 0 where the place is unknown or says nothing
	Column int               // from 1, in characters

	offset int64
}

func wrong(reason fault.Reason, args ...string) *Error {
	return &Error{Reason: reason, Args: fault.Find("", reason, args...).Args}
}

// Error is for logs and developers: one line without any value from the document.
func (e *Error) Error() string { return e.Finding().String() }

// Finding is the error for people: see words.Finding. It keeps what is wrong across the local API.
func (e *Error) Finding() fault.Finding {
	f := fault.Finding{Field: e.Member, Reason: e.Reason, Args: e.Args}
	if e.Line > 0 {
		f = f.With("line", strconv.Itoa(e.Line)).With("column", strconv.Itoa(e.Column))
	}
	return f
}

// Finding is what any error of this package says to people.
func Finding(err error) fault.Finding {
	var e *Error
	if errors.As(err, &e) {
		return e.Finding()
	}
	return fault.Find("", fault.JSONUnreadable)
}

// explain makes an Error of any error: jsontext's own quote the document, which may hold a secret.
func explain(data []byte, err error) error {
	var ours *Error
	if errors.As(err, &ours) {
		return locate(data, ours)
	}
	return locate(data, badSyntax(data, err))
}

func badSyntax(data []byte, err error) *Error {
	var syntactic *jsontext.SyntacticError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &Error{Reason: fault.JSONEnds, offset: int64(len(data))}
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		return &Error{Reason: fault.JSONTwice, Member: path(syntactic.JSONPointer), offset: syntactic.ByteOffset}
	case errors.As(err, &syntactic):
		return notJSON(syntactic.ByteOffset)
	}
	return wrong(fault.JSONUnreadable)
}

func notJSON(offset int64) *Error { return &Error{Reason: fault.JSONSyntax, offset: offset} }

// The kinds of values, as the words for fault.JSONKind know them.
const (
	kindNull    = "null"
	kindSwitch  = "boolean"
	kindText    = "text"
	kindNumber  = "number"
	kindInteger = "integer"
	kindObject  = "object"
	kindList    = "list"
	kindOther   = "other"
)

var kinds = map[jsontext.Kind]string{
	'n': kindNull, 'f': kindSwitch, 't': kindSwitch, '"': kindText, '0': kindNumber, '{': kindObject, '[': kindList,
}

// decodesText is what types have that are written as strings, secrets for one.
var decodesText = reflect.TypeFor[encoding.TextUnmarshaler]()

// wanted is the kind that a Go type takes.
func wanted(t reflect.Type) string {
	t = target(t)
	switch {
	case t == nil:
		return kindOther
	case reflect.PointerTo(t).Implements(decodesText), t.Kind() == reflect.String:
		return kindText
	case t.Kind() == reflect.Bool:
		return kindSwitch
	case t.Kind() == reflect.Float32, t.Kind() == reflect.Float64:
		return kindNumber
	case t.Kind() == reflect.Slice:
		return kindList
	case t.Kind() == reflect.Map, t.Kind() == reflect.Struct:
		return kindObject
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
		return kindInteger
	}
	return kindOther
}

// locate turns the byte offset into what an editor shows. A document of one line gets no place: it would say little.
func locate(data []byte, e *Error) *Error {
	before := data[:min(e.offset, int64(len(data)))]
	if e.offset <= 0 || !bytes.Contains(bytes.TrimSpace(data), []byte("\n")) {
		return e
	}
	e.Line = 1 + bytes.Count(before, []byte("\n"))
	e.Column = 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return e
}

// path writes a JSON pointer (RFC 6901) as people write it. The names are the document's, so they are cleaned.
func path(p jsontext.Pointer) string {
	var b strings.Builder
	for name := range p.Tokens() {
		switch {
		case name != "" && strings.Trim(name, "0123456789") == "":
			b.WriteString("[" + display.Clean(name, 20) + "]")
			continue
		case b.Len() > 0:
			b.WriteByte('.')
		}
		b.WriteString(display.Clean(name, 60))
	}
	return b.String()
}
