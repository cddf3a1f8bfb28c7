package words

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// catalogues has one file a language, in the form of go-i18n: a key, and a text or its plural forms, with {{.places}}.
// A key may have variants, "key+name" or "key+name+other": the one that uses the most of the arguments at hand is said.
//
//go:embed catalogue/*.json
var catalogues embed.FS

// catalogue is one language.
type catalogue struct {
	name     string                    // of its file: its tag by BCP 47
	raw      map[string]jsontext.Value // of a key: an entry, read when it is said
	variants map[string][][]string     // of a key: the names in each variant, the most first
	pseudo   bool                      // each text is changed, see accented
}

// entry is a text in each of its plural forms; one without a number in it has "other" alone.
type entry map[string]string

// read reads a language's file. It panics where the file is not well formed: it is built in, and tested.
func read(name string) *catalogue {
	path := "catalogue/" + name + ".json"
	c := &catalogue{name: name, raw: map[string]jsontext.Value{}}
	data, err := catalogues.ReadFile(path)
	if err == nil {
		err = c.scan(data)
	}
	if err != nil {
		panic(fmt.Sprintf("%s: %v", path, err))
	}
	c.findVariants()
	return c
}

// scan finds the entries in a file, and takes none apart: a process says few of them.
func (c *catalogue) scan(data []byte) error {
	file := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true)) // a test finds them
	if _, err := file.ReadToken(); err != nil {
		return err
	}
	for file.PeekKind() == '"' {
		key, err := file.ReadToken()
		if err != nil {
			return err
		}
		name := key.String()
		value, err := file.ReadValue()
		if err != nil {
			return err
		}
		end := file.InputOffset()
		c.raw[name] = data[end-int64(len(value)) : end]
	}
	_, err := file.ReadToken()
	return err
}

// entry is what stands under key; nil where nothing does.
func (c *catalogue) entry(key string) entry {
	raw, ok := c.raw[key]
	if !ok {
		return nil
	}
	if raw.Kind() == '"' {
		text, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", key, err)) // it was scanned
		}
		return entry{"other": string(text)}
	}
	var forms entry
	if err := json.Unmarshal(raw, &forms); err != nil {
		panic(fmt.Sprintf("%s: %v", key, err)) // a test reads each
	}
	return forms
}

func (c *catalogue) findVariants() {
	c.variants = map[string][][]string{}
	for key := range c.raw {
		if base, names, ok := strings.Cut(key, "+"); ok {
			c.variants[base] = append(c.variants[base], strings.Split(names, "+"))
		}
	}
	for _, v := range c.variants {
		slices.SortFunc(v, func(a, b []string) int {
			if len(a) != len(b) {
				return len(b) - len(a)
			}
			return slices.Compare(a, b)
		})
	}
}

// T is the text of a key in the language of the program. Arguments come in pairs, a name and a value: a text, a number,
// a moment or a duration, which are said as people say them. The number n chooses the plural form.
func T(key string, args ...any) string { return textAt(time.Now(), key, args...) }

// textAt is T at a moment: "tomorrow" depends on it.
func textAt(now time.Time, key string, args ...any) string {
	text, ok := current().find(key, valuesOf(args, now))
	if !ok {
		return key // a test knows that this does not happen
	}
	return text
}

// Has tells whether the catalogue has a text for key.
func Has(key string) bool {
	c := current()
	return c.raw[key] != nil || len(c.variants[key]) > 0
}

// Keys are the keys of the catalogue in order, each variant as one of its own.
func Keys() []string {
	var keys []string
	for key := range current().raw {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// values are what is put into the places of a text.
type values struct {
	texts map[string]string
	n     int // chooses the plural form
}

func valuesOf(args []any, now time.Time) values {
	v := values{texts: make(map[string]string, len(args)/2)}
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		if n, ok := args[i+1].(int); ok && name == "n" {
			v.n = n
		}
		v.texts[name] = say(args[i+1], now)
	}
	return v
}

// say is a value as people say it.
func say(value any, now time.Time) string {
	switch v := value.(type) {
	case string:
		return v
	case int:
		return Number(int64(v))
	case int64:
		return Number(v)
	case time.Duration:
		return Lasting(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return Until(v, now)
	default:
		return fmt.Sprint(v)
	}
}

// find is the text of key that uses most of the values; ok is false where there is none that these values suffice for.
func (c *catalogue) find(key string, v values) (text string, ok bool) {
	m := c.entry(c.variant(key, v))
	if m == nil {
		return "", false
	}
	return c.render(m, v), true
}

// render puts values into the form of m that their number asks for.
func (c *catalogue) render(m entry, v values) string {
	text := m["other"]
	if len(m) > 1 {
		text = cmp.Or(m[c.form(v.n)], text)
	}
	if c.pseudo {
		text = accented(text)
	}
	return put(text, v.texts)
}

func (c *catalogue) variant(key string, v values) string {
	for _, names := range c.variants[key] {
		if !slices.ContainsFunc(names, func(name string) bool { return v.texts[name] == "" }) {
			return key + "+" + strings.Join(names, "+")
		}
	}
	return key
}

// put puts values into their places. It reads the text once, so that a value that looks like a place stays what it is.
func put(text string, texts map[string]string) string {
	var out strings.Builder
	for {
		plain, rest, found := strings.Cut(text, "{{.")
		out.WriteString(plain)
		if !found {
			return out.String()
		}
		name, after, _ := strings.Cut(rest, "}}")
		out.WriteString(texts[name])
		text = after
	}
}
