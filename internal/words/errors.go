package words

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/fault"
)

// Message is one thing that went wrong, in words.
type Message struct {
	What   string // what happened
	Next   string // what to do next
	Code   string // what to tell support
	Detail string // the technical cause; may be empty
}

// Of turns any error into words. A nil err gives the zero Message.
func Of(err error) Message { return at(err, time.Now()) }

func at(err error, now time.Time) Message {
	if err == nil {
		return Message{}
	}
	if errors.Is(err, context.DeadlineExceeded) && fault.CodeOf(err) == fault.Internal {
		return Message{What: T("error.timeout.what"), Next: T("error.timeout.next"), Code: "timeout", Detail: err.Error()}
	}
	if errors.Is(err, context.Canceled) && fault.CodeOf(err) == fault.Internal {
		return Message{What: T("error.cancelled.what"), Code: "cancelled"}
	}
	f := fault.Of(err)
	m := Message{What: about(f, "what", now), Next: about(f, "next", now), Code: string(f.Code), Detail: f.Detail}
	if m.What == "" { // a newer agent's
		unknown := fault.New(fault.Internal)
		m.What, m.Next = about(unknown, "what", now), about(unknown, "next", now)
	}
	return m
}

// ForField is an error as it stands below the field of a form that it is about: one sentence, with what to do in it. It
// is empty where the error is not about a field alone.
func ForField(err error) string {
	if err == nil {
		return ""
	}
	return about(fault.Of(err), "field", time.Now())
}

// about is what the catalogue says about f in one respect: "what" happened, what to do "next". A text for the code with
// its reason comes before one for the code alone. It is empty where there is neither.
func about(f *fault.Error, respect string, now time.Time) string {
	v := factsOf(f, now)
	if f.Reason != "" {
		if text, ok := current().find("fault."+string(f.Code)+"/"+string(f.Reason)+"."+respect, v); ok {
			return finish(text)
		}
	}
	text, _ := current().find("fault."+string(f.Code)+"."+respect, v)
	return finish(text)
}

// factsOf are f's arguments and its fields, as people say them.
func factsOf(f *fault.Error, now time.Time) values {
	v := values{texts: make(map[string]string, len(f.Args)+1)}
	for name, arg := range f.Args {
		v.texts[name] = said(name, arg, now)
	}
	if !f.Until.IsZero() {
		v.texts["until"] = Until(f.Until, now)
	}
	if len(f.Findings) > 0 {
		v.texts["problems"], v.texts["field"] = Findings(f.Findings), fieldName(f.Findings[0])
		v.texts["finding"] = within(f.Findings[0])
	}
	for _, name := range []string{"limit", "n"} {
		if n, err := strconv.Atoi(f.Args[name]); err == nil {
			v.n = n
		}
	}
	return v
}

// said is an argument of a fault as people say it. Most are names; some are counts, some are times of RFC 3339, and
// some durations.
func said(name, arg string, now time.Time) string {
	switch name {
	case "n", "used", "limit", "bytes":
		if n, err := strconv.ParseInt(arg, 10, 64); err == nil {
			return Number(n)
		}
	case "ahead", "behind":
		if d, err := time.ParseDuration(arg); err == nil {
			return Lasting(d)
		}
	case "again":
		if t, err := time.Parse(time.RFC3339, arg); err == nil {
			return Until(t, now)
		}
	case "theirs", "ours":
		if t, err := time.Parse(time.RFC3339, arg); err == nil {
			return Compared(t)
		}
	case "kind":
		return Kind(account.Kind(arg))
	case "apart":
		if d, err := time.ParseDuration(arg); err == nil {
			return Roughly(d)
		}
	}
	return arg
}

// finish takes away the second full stop where somebody whose words are quoted at the end brought their own, and the
// one behind a question.
func finish(s string) string {
	if strings.HasSuffix(s, "?.") {
		return s[:len(s)-1]
	}
	for strings.HasSuffix(s, "..") && !strings.HasSuffix(s, "...") {
		s = s[:len(s)-1]
	}
	return s
}
