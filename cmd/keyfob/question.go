package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"keyfob/internal/fault"
	"keyfob/internal/words"
)

// confirm asks a question that only "y" or "yes" answers with yes. Any other answer is the error no.
func (t *terminal) confirm(ctx context.Context, question string, no error) error {
	if answer := t.ask(ctx, words.T("cli.confirm", "question", question)); answer == "y" || answer == "yes" {
		return nil
	}
	fmt.Fprintln(t.out)
	return no
}

// ask prints a question and returns the line that is typed after it, in small letters. It is empty where ctx ends
// first.
func (t *terminal) ask(ctx context.Context, question string) string {
	fmt.Fprint(t.out, question)
	line, err := readLine(ctx, bufio.NewReader(t.in))
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(line))
}

// readLine reads the next line, without its end; the last line may have none. The error is that ctx has ended.
func readLine(ctx context.Context, typed *bufio.Reader) (string, error) {
	line := make(chan string, 1)
	go func() { // a read from a terminal cannot be interrupted; it ends with the process
		s, _ := typed.ReadString('\n')
		line <- strings.TrimRight(s, "\r\n")
	}()
	select {
	case s := <-line:
		return s, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// unconfirmed is the fault that nothing was done, because nobody said yes.
func unconfirmed(what fault.Reason, args ...string) error {
	return fault.New(fault.Unconfirmed, args...).WithReason(what)
}
