package words

import (
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/text/language"
)

// English is the language that every text is there in.
const English = "en"

// Pseudo is a language that nobody speaks: every text of the catalogue is in it, in brackets and with accents. What is
// on the screen without them is not from the catalogue. See https://unicode.org/reports/tr35/ ("qps").
const Pseudo = "qps"

// chosen is the language that Use chose; nil before.
var chosen atomic.Pointer[catalogue]

// english is read when the first text is asked for, and not by a command that says nothing.
var english = sync.OnceValue(func() *catalogue { return read(language.English, "catalogue/en.json") })

// current is the catalogue that texts come from.
func current() *catalogue {
	if c := chosen.Load(); c != nil {
		return c
	}
	return english()
}

// Use chooses the language of all texts from now on, by the name of its file. One that is not there is English. What a
// language has no text for is said in English.
func Use(name string) {
	switch name {
	case English:
		chosen.Store(nil)
	case Pseudo:
		c := *english()
		c.pseudo = true
		chosen.Store(&c)
	default:
		file := "catalogue/" + path.Base(name) + ".json"
		if _, err := catalogues.Open(file); err != nil {
			chosen.Store(nil)
			return
		}
		c := read(language.Make(name), file)
		c.add(english())
		chosen.Store(c)
	}
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
