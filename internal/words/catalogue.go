package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// catalogues has one file a language, in the form of go-i18n: a key, and a text or its plural forms, with {{.places}}.
// A key may have variants, "key+name" or "key+name+other": the one that uses the most of the arguments at hand is said.
//
//go:embed catalogue/*.json
var catalogues embed.FS

// catalogue is one language.
type catalogue struct {
	tag      language.Tag
	messages map[string]message
	variants map[string][][]string // of a key: the names in each variant, the most first
}

// message has the text of each plural form; one without a number in it has "other" alone.
type message map[string]string

// UnmarshalJSON reads a text, or an object of plural forms.
func (m *message) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var text string
		err := json.Unmarshal(data, &text)
		*m = message{"other": text}
		return err
	}
	return json.Unmarshal(data, (*map[string]string)(m))
}

// english is read when the first text is asked for.
var english = sync.OnceValue(func() *catalogue { return read(language.English, "catalogue/en.json") })

func read(tag language.Tag, path string) *catalogue {
	c := &catalogue{tag: tag, variants: map[string][][]string{}}
	data, err := catalogues.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &c.messages)
	}
	if err != nil {
		panic(fmt.Sprintf("%s: %v", path, err)) // it is built in, and tested
	}
	for key := range c.messages {
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
	return c
}

// T is the text of a key in the language of the program. Arguments come in pairs, a name and a value: a text, a number,
// a moment or a duration, which are said as people say them. The number n chooses the plural form.
func T(key string, args ...any) string { return english().text(key, args, time.Now()) }

// Has tells whether the catalogue has a text for key.
func Has(key string) bool { return english().has(key) }

func (c *catalogue) has(key string) bool { return c.messages[key] != nil || len(c.variants[key]) > 0 }

func (c *catalogue) text(key string, args []any, now time.Time) string {
	values := map[string]string{}
	form := plural.Other
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		if n, ok := args[i+1].(int); ok && name == "n" {
			form = plural.Cardinal.MatchPlural(c.tag, n, 0, 0, 0, 0)
		}
		values[name] = say(args[i+1], now)
	}
	m := c.messages[c.variant(key, values)]
	if m == nil {
		return key
	}
	text, ok := m[forms[form]]
	if !ok {
		text = m["other"]
	}
	return put(text, values)
}

// variant is the key of the text that uses most of the values at hand.
func (c *catalogue) variant(key string, values map[string]string) string {
	for _, names := range c.variants[key] {
		if !slices.ContainsFunc(names, func(name string) bool { return values[name] == "" }) {
			return key + "+" + strings.Join(names, "+")
		}
	}
	return key
}

var forms = map[plural.Form]string{
	plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many", plural.Other: "other",
}

// say is a value as people say it.
func say(value any, now time.Time) string {
	switch v := value.(type) {
	case string:
		return v
	case int:
		return grouped(v)
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return Until(v, now)
	default:
		return fmt.Sprint(v)
	}
}

// put puts values into their places. It reads the text once, so that a value that looks like a place stays what it is.
func put(text string, values map[string]string) string {
	var out strings.Builder
	for {
		plain, rest, found := strings.Cut(text, "{{.")
		out.WriteString(plain)
		if !found {
			return out.String()
		}
		name, after, _ := strings.Cut(rest, "}}")
		out.WriteString(values[name])
		text = after
	}
}
