package fault

// What package strictjson finds in a document. The place is in the arguments "line" and "column", where it is known.
const (
	JSONBOM         Reason = "json-bom"          // it begins with a byte order mark
	JSONCase        Reason = "json-case"         // the member differs from "name" in case only
	JSONDate        Reason = "json-date"         // a type's own: the number is not a date
	JSONDepth       Reason = "json-depth"        // it is nested too deeply
	JSONEnds        Reason = "json-ends"         // it ends too early
	JSONKind        Reason = "json-kind"         // the member is not of the kind "want"; it is of the kind "found"
	JSONSize        Reason = "json-size"         // it has more than "size" bytes
	JSONSyntax      Reason = "json-syntax"       // it is not JSON from the place on
	JSONTwice       Reason = "json-twice"        // the member is there twice
	JSONUnknown     Reason = "json-unknown"      // there is no such member; "nearest" is what was probably meant
	JSONUnreadable  Reason = "json-unreadable"   // it cannot be read
	JSONUTF8        Reason = "json-utf8"         // it is not UTF-8
	JSONCurlyQuotes Reason = "json-curly-quotes" // it is not JSON from the place on, and has curly quotes
)
