package words

import (
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"sync/atomic"
)

// English is the language that every text is there in.
const English = "en"

// Pseudo is a language that nobody speaks: every text of the catalogue is in it, in brackets and with accents. What is
// on the screen without them is not from the catalogue. See https://unicode.org/reports/tr35/ ("qps").
const Pseudo = "qps"

// chosen is the language that Use chose; nil before.
var chosen atomic.Pointer[catalogue]

// Catalogues are read when the first text is asked for, and not by a command that says nothing.
var (
	english = sync.OnceValue(func() *catalogue {
		wasRead.Store(true)
		return read(English)
	})
	usual = sync.OnceValue(func() *catalogue { return byName(os.Getenv("KEYFOB_LANGUAGE")) })
)

var wasRead atomic.Bool

// WasRead tells whether this process has said anything. A command that prints a token alone must not pay for that.
func WasRead() bool { return wasRead.Load() }

// current is the catalogue that texts come from.
func current() *catalogue {
	if c := chosen.Load(); c != nil {
		return c
	}
	return usual()
}

// Use chooses the language of all texts from now on, by the name of its file. Without Use it is the language that the
// environment variable KEYFOB_LANGUAGE names.
func Use(name string) { chosen.Store(byName(name)) }

// Language is the language that texts are in, as HTML names it (BCP 47).
func Language() string { return current().name }

// byName is a language. One that is not there is English, and what a language has no text for is said in English.
func byName(name string) *catalogue {
	file := "catalogue/" + path.Base(name) + ".json"
	switch _, err := fs.Stat(catalogues, file); {
	case name == Pseudo:
		c := *english()
		c.pseudo = true
		return &c
	case name == English || err != nil:
		return english()
	}
	c := read(name)
	c.add(english())
	return c
}

// add gives c what another language has and c has not.
func (c *catalogue) add(other *catalogue) {
	for key, raw := range other.raw {
		base, _, _ := strings.Cut(key, "+")
		if c.raw[key] == nil && c.raw[base] == nil && c.variants[base] == nil {
			c.raw[key] = raw
		}
	}
	c.findVariants()
}

var accents = strings.NewReplacer(
	"a", "å", "c", "ç", "e", "é", "g", "ĝ", "i", "î", "n", "ñ", "o", "ö", "s", "š", "u", "û", "y", "ý", "z", "ž",
	"A", "Å", "C", "Ç", "E", "É", "G", "Ĝ", "I", "Î", "N", "Ñ", "O", "Ö", "S", "Š", "U", "Û", "Y", "Ý", "Z", "Ž",
)

// accented is a text in brackets, its letters with accents and its places as they are.
func accented(text string) string {
	var out strings.Builder
	out.WriteString("[")
	for text != "" {
		plain, rest, found := strings.Cut(text, "{{")
		out.WriteString(accents.Replace(plain))
		if !found {
			break
		}
		place, after, _ := strings.Cut(rest, "}}")
		out.WriteString("{{" + place + "}}")
		text = after
	}
	out.WriteString("]")
	return out.String()
}
