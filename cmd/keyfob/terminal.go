package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"unicode/utf8"

	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// colourful tells whether a file is a terminal that shows colours, and nobody switched them off (no-color.org). Old
// consoles of Windows print the escape sequences; newer ones are known by their environment.
func colourful(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	return runtime.GOOS != "windows" || os.Getenv("WT_SESSION") != "" || os.Getenv("TERM") != ""
}

// marks give each tone a shape and a colour. The words beside them say the same.
var marks = map[words.Tone]struct{ shape, colour string }{
	words.Quiet:   {"○", "2"},
	words.Good:    {"●", "32"},
	words.Busy:    {"◌", "36"},
	words.Waiting: {"◐", "36"},
	words.Attend:  {"▲", "33"},
	words.Needed:  {"!", "31"},
}

// mark is the mark of a tone, coloured where that can be seen.
func (a *app) mark(t words.Tone) string {
	m := marks[t]
	if !a.colour {
		return m.shape
	}
	return "\x1b[" + m.colour + "m" + m.shape + "\x1b[0m"
}

// columns prints rows with their cells below each other. Only the last cell of a row may have colours, because escape
// sequences count as width. The error is that of w.
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

// confirm asks a question. It returns nil after a yes, and no after anything else.
func (a *app) confirm(ctx context.Context, question string, no error) error {
	if said := a.ask(ctx, words.T("cli.confirm", "question", question)); said == "y" || said == "yes" {
		return nil
	}
	fmt.Fprintln(a.out)
	return no
}

// unconfirmed is the fault that nobody said yes to something.
func unconfirmed(what fault.Reason, args ...string) error {
	return fault.New(fault.Unconfirmed, args...).WithReason(what)
}

// ask returns the line that is typed after the question, in small letters. It is empty where ctx ends first.
func (a *app) ask(ctx context.Context, question string) string {
	fmt.Fprint(a.out, question)
	answer := make(chan string, 1)
	go func() { // a read from a terminal cannot be cut off; it ends with the program
		line, _ := bufio.NewReader(a.in).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case said := <-answer:
		return said
	case <-ctx.Done():
		return ""
	}
}

// attended tells whether in is a terminal, so that a person may be there, and no file or pipe.
func attended(in io.Reader) bool {
	f, ok := in.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	null, _ := os.Stat(os.DevNull) // it is a character device as well, and nobody is there
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && !os.SameFile(info, null)
}
