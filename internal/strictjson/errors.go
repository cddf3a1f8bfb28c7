package strictjson

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/display"
)

// Error tells what is wrong with a document, and where. A type's own UnmarshalJSON may return one with a Reason.
type Error struct {
	Reason string // a sentence about the member, or about the document where Member is ""
	Member string // the member as "api.base_urls[1]", cleaned for display
	Line   int    // from 1; 0 where the place is unknown or says nothing
	Column int    // from 1, in characters

	offset int64
}

// Error is one line without any value from the document.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d: ", e.Line, e.Column)
	}
	if e.Member != "" {
		fmt.Fprintf(&b, "%q: ", e.Member)
	}
	return b.String() + e.Reason
}

// UnknownField is a member that nobody reads.
type UnknownField struct {
	Name    string // the member as "api.base_url", cleaned for display
	Nearest string // what was probably meant, in the same form; "" where nothing is near
}

// Error names the member.
func (e *UnknownField) Error() string {
	if e.Nearest == "" {
		return fmt.Sprintf("%q: there is no such field", e.Name)
	}
	return fmt.Sprintf("%q: there is no such field; did you mean %q?", e.Name, e.Nearest)
}

// explain puts jsontext's errors into our words. Its own texts quote the document, which may hold a secret.
func explain(data []byte, err error) error {
	var unknown *UnknownField
	if errors.As(err, &unknown) {
		return unknown
	}
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
		return &Error{Reason: "it ends too early", offset: int64(len(data))}
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntactic):
		return &Error{Reason: "it is there twice", Member: path(syntactic.JSONPointer), offset: syntactic.ByteOffset}
	case errors.As(err, &syntactic):
		return notJSON(syntactic.ByteOffset)
	}
	return &Error{Reason: "it cannot be read"}
}

func notJSON(offset int64) *Error {
	return &Error{Reason: "it is not JSON from here on", offset: offset}
}

var kinds = map[jsontext.Kind]string{
	'n': "null", 'f': "true or false", 't': "true or false", '"': "text", '0': "a number", '{': "an object", '[': "a list",
}

// decodesText is what types have that are written as strings, secrets for one.
var decodesText = reflect.TypeFor[encoding.TextUnmarshaler]()

// wanted says in words what a Go type takes.
func wanted(t reflect.Type) string {
	if reflect.PointerTo(t).Implements(decodesText) {
		return "text"
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "an object"
	}
	if t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64 {
		return "a whole number"
	}
	return "something else"
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

func kilobytes(n int) string {
	if n < 1024 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d KB", n/1024)
}
