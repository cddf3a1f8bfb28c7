package strictjson

import (
	"bytes"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"keyfob/internal/display"
	"keyfob/internal/fault"
)

// scanner walks a document beside the Go type that it will be decoded into, and checks depth and names, before anything
// is decoded. Grammar and duplicate names are checked by jsontext.
type scanner struct {
	d     *jsontext.Decoder
	known bool // refuse members that the type does not have
}

func scan(data []byte, v any, known bool) error {
	s := scanner{jsontext.NewDecoder(bytes.NewBuffer(data)), known}
	if err := s.value(reflect.TypeOf(v)); err != nil {
		return err
	}
	if rest := bytes.TrimLeft(data[s.d.InputOffset():], " \t\r\n"); len(rest) > 0 {
		return notJSON(int64(len(data) - len(rest)))
	}
	return nil
}

// value consumes one JSON value that goes into t; nil is a type we know nothing about.
func (s scanner) value(t reflect.Type) error {
	tok, err := s.d.ReadToken()
	if err != nil {
		return err
	}
	if s.d.StackDepth() > MaxDepth {
		return &Error{Reason: fault.JSONDepth, offset: s.d.InputOffset()}
	}
	switch tok.Kind() {
	case '{':
		return s.object(target(t))
	case '[':
		return s.list(target(t))
	}
	return nil
}

func (s scanner) object(t reflect.Type) error {
	names := members(t)
	for s.d.PeekKind() != '}' {
		tok, err := s.d.ReadToken()
		if err != nil {
			return err
		}
		name := tok.String()
		field, ok := names[name]
		if !ok && names != nil {
			if err := s.stranger(name, names); err != nil {
				return err
			}
		}
		next := field.Type
		if names == nil {
			next = element(t)
		}
		if err := s.value(next); err != nil {
			return err
		}
	}
	_, err := s.d.ReadToken()
	return err
}

func (s scanner) list(t reflect.Type) error {
	for s.d.PeekKind() != ']' {
		if err := s.value(element(t)); err != nil {
			return err
		}
	}
	_, err := s.d.ReadToken()
	return err
}

// stranger judges a member that the type does not have. encoding/json, which other libraries read the same document
// with, would match it whatever its case: what one reader skips and another uses is refused.
func (s scanner) stranger(name string, names map[string]reflect.StructField) error {
	if s.known {
		return s.unknown(name, slices.Sorted(maps.Keys(names)))
	}
	for known := range names {
		if strings.EqualFold(known, name) {
			return s.at(fault.JSONCase, "name", known)
		}
	}
	return nil
}

func (s scanner) unknown(name string, known []string) error {
	nearest := display.Nearest(name, known)
	if parent := path(s.d.StackPointer().Parent()); parent != "" && nearest != "" {
		nearest = parent + "." + nearest
	}
	e := wrong(fault.JSONUnknown)
	if e.Member = path(s.d.StackPointer()); nearest != "" {
		e.Args = map[string]string{"nearest": nearest}
	}
	return e
}

func (s scanner) at(reason fault.Reason, args ...string) error {
	e := wrong(reason, args...)
	e.Member, e.offset = path(s.d.StackPointer()), s.d.InputOffset()
	return e
}

// target is the type behind pointers.
func target(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// element is the type of what a list or a map holds, or nil.
func element(t reflect.Type) reflect.Type {
	if t == nil {
		return nil
	}
	switch t.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array:
		return t.Elem()
	}
	return nil
}

// seen keeps what members found: a hostile megabyte of small objects would ask for it 300,000 times.
var seen sync.Map

// members are the JSON names of a struct with their fields; nil for all other types. Embedded structs add theirs, as
// they do in encoding/json.
func members(t reflect.Type) map[string]reflect.StructField {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	if names, ok := seen.Load(t); ok {
		return names.(map[string]reflect.StructField)
	}
	names := make(map[string]reflect.StructField, t.NumField())
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || name == "-" || f.Anonymous && name == "":
			continue
		case name == "":
			name = f.Name
		}
		names[name] = f
	}
	seen.Store(t, names)
	return names
}
