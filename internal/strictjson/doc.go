// Package strictjson is the one decoder for JSON that comes from outside: profile files, provider metadata, token
// responses, ID token claims, requests to the local API.
//
// RFC 8259 §4 leaves duplicate names to the reader, and readers that disagree can be played against each other: a check
// sees one "issuer", the program uses another. So a document is refused where two readers could differ: names that
// occur twice, or that differ from a known one in case only, text that is not UTF-8, a byte order mark, anything after
// the end. It is also refused where it is larger or deeper than any honest one.
//
// Go values are filled by github.com/go-json-experiment/json, which is as strict about duplicates and UTF-8. A scan
// before it checks depth and names; errors say what is wrong and where, and hold no value from the document.
//
// It is a leaf: of ours it imports internal/display and internal/fault.
package strictjson
