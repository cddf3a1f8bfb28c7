package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"unicode/utf8"

	"keyfob/internal/words"
)

// terminal is what all commands share: where they read and print, and whether colours are shown. It knows nothing of
// any one command.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	colour   bool // out is a terminal that shows colours
}

// print prints a text of the catalogue as a line of the standard output.
func (t *terminal) print(key string, args ...any) { fmt.Fprintln(t.out, words.T(key, args...)) }

// printErr prints a text of the catalogue as a line of the standard error.
func (t *terminal) printErr(key string, args ...any) { fmt.Fprintln(t.err, words.T(key, args...)) }

// note prints what a person should know although the command goes on.
func (t *terminal) note(err error) {
	m := words.Of(err)
	t.printErr("cli.note", "what", indented(m.What), "next", indented(m.Next))
}

// printJSON prints v as JSON on several lines.
func (t *terminal) printJSON(v any) error {
	e := json.NewEncoder(t.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// marks give each tone a shape and a colour; the words beside them say the same.
var marks = map[words.Tone]struct{ shape, colour string }{
	words.Quiet:   {"○", "2"},
	words.Good:    {"●", "32"},
	words.Busy:    {"◌", "36"},
	words.Waiting: {"◐", "36"},
	words.Attend:  {"▲", "33"},
	words.Needed:  {"!", "31"},
}

// mark is the mark of a tone.
func (t *terminal) mark(tone words.Tone) string {
	m := marks[tone]
	return t.paint(m.colour, m.shape)
}

// paint gives a text a colour (a number of ECMA-48, SGR) where colours are shown.
func (t *terminal) paint(colour, text string) string {
	if !t.colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// columns prints rows with their cells below each other. Only the last cell of a row may hold colours, since they
// would count as width. The error is that of w.
func columns(w io.Writer, rows [][]string) error {
	const gap = 2
	var widths []int
	for _, row := range rows {
		for i, cell := range row[:max(0, len(row)-1)] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell)+gap)
		}
	}
	var all strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			if i < len(row)-1 {
				cell += strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			}
			all.WriteString(cell)
		}
		all.WriteByte('\n')
	}
	_, err := io.WriteString(w, all.String())
	return err
}

// indented sets the further lines of a text below its first.
func indented(s string) string { return strings.ReplaceAll(s, "\n", "\n    ") }

// oneLine puts a text on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// isTerminal tells whether a person may sit at the other end of a stream. A file, a pipe and the null device have
// none.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	null, _ := os.Stat(os.DevNull) // a character device too; SameFile takes nil
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && !os.SameFile(info, null)
}

// showsColour tells whether a file is a terminal that wants colours (no-color.org). Old consoles of Windows print the
// escape sequences instead; newer ones are known by their environment.
func showsColour(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	return runtime.GOOS != "windows" || os.Getenv("WT_SESSION") != "" || os.Getenv("TERM") != ""
}
