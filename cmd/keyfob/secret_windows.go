package main

import (
	"os"

	"golang.org/x/sys/windows"

	"keyfob/internal/fault"
)

// hideTyping makes the console not show what is typed, until restore is called.
func hideTyping(terminal *os.File) (restore func(), err error) {
	console := windows.Handle(terminal.Fd())
	var was uint32
	if err := windows.GetConsoleMode(console, &was); err != nil {
		return nil, err
	}
	const line = windows.ENABLE_LINE_INPUT | windows.ENABLE_PROCESSED_INPUT
	if err := windows.SetConsoleMode(console, was&^windows.ENABLE_ECHO_INPUT|line); err != nil {
		return nil, err
	}
	return func() { _ = windows.SetConsoleMode(console, was) }, nil
}

// On Windows every user has a keychain, so an agent is started without secrets.

func openSecretFile(string) (*os.File, fault.Reason) { return nil, fault.UsageSecretKeychain }
func openDescriptor(string) (*os.File, fault.Reason) { return nil, fault.UsageSecretKeychain }
