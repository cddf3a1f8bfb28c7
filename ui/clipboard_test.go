package ui

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"keyfob/internal/account"
	"keyfob/internal/fault"
	"keyfob/internal/secret"
	"keyfob/ui/view"
)

func TestA69ACopiedTokenLeavesTheClipboard(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.press("Copy access token")
		if s.app.Clipboard().Content() != testToken || !slices.Equal(s.r.called(), []string{"token acme 1m0s"}) {
			t.Fatal("not copied")
		}
		s.mustSay("Copied. Cleared in 30 s")
		s.wait(29 * time.Second)
		if s.app.Clipboard().Content() != testToken {
			t.Error("cleared too early")
		}
		s.wait(time.Second)
		if s.app.Clipboard().Content() != "" || s.says("Copied. Cleared in 30 s") {
			t.Error("not cleared")
		}
	})
}

func TestA69WhatWasCopiedSinceStays(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.press("Copy access token")
		s.app.Clipboard().SetContent("a shopping list")
		s.wait(time.Minute)
		if s.app.Clipboard().Content() != "a shopping list" {
			t.Error("somebody else's text was cleared")
		}
	})
}

func TestA69ClosingTheWindowClearsTheClipboard(t *testing.T) {
	onStage(t, func(s *stage) {
		s.show(signedInto(acme(account.SignedIn)))
		s.press("Copy access token")
		s.w.leave()
		if s.app.Clipboard().Content() != "" || s.app.window.closed != 1 {
			t.Error("the token outlives the window")
		}
	})
}

func TestA69ATokenThatCannotBeHad(t *testing.T) {
	onStage(t, func(s *stage) {
		s.r.fail["token"] = fault.New(fault.SignInRequired)
		s.show(signedInto(acme(account.SignedIn)))
		s.press("Copy access token")
		if s.app.Clipboard().Content() != "" || s.says("Copied. Cleared in 30 s") {
			t.Error("nothing was copied, and it says so")
		}
		s.mustSay(view.Sentence(s.r.fail["token"]))
	})
}

// TestA69NothingButAPressCopies shows everything of an account, lets time pass and renewals come, and signs out.
func TestA69NothingButAPressCopies(t *testing.T) {
	onStage(t, func(s *stage) {
		const theirs = "a shopping list"
		s.app.Clipboard().SetContent(theirs)
		s.show(signedInto(acme(account.SignedIn)))
		s.show(signedInto(acme(account.Renewing)))
		s.show(signedInto(acme(account.SignedIn)))
		s.choose("acme", "Details")
		s.press("Close")
		s.wait(time.Hour)
		s.press("Sign out")
		s.show(acme(account.SignedOut))
		if got := s.app.Clipboard().Content(); got != theirs || slices.Contains(s.r.called(), "token acme 1m0s") {
			t.Errorf("the clipboard has %q", got)
		}
	})
}

// helperApp is an application whose loop runs until it is quit.
type helperApp struct {
	fyne.App
	board board
	hooks hooks
	over  chan struct{}
}

func newHelperApp() *helperApp { return &helperApp{App: test.NewApp(), over: make(chan struct{})} }

// board is a clipboard that others use at the same time.
type board struct {
	mu   sync.Mutex
	text string
	sets int
}

func (b *board) Content() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text
}

func (b *board) SetContent(s string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = s
	b.sets++
}

type hooks struct {
	fyne.Lifecycle
	started, foreground func()
}

func (h *hooks) SetOnStarted(f func())           { h.started = f }
func (h *hooks) SetOnEnteredForeground(f func()) { h.foreground = f }

func (a *helperApp) Clipboard() fyne.Clipboard { return &a.board }
func (a *helperApp) Lifecycle() fyne.Lifecycle { return &a.hooks }
func (a *helperApp) Quit()                     { close(a.over) }
func (a *helperApp) Run()                      { a.hooks.started(); <-a.over }

// hold runs the tray's helper in a bubble, with something else beside it.
func hold(t *testing.T, beside func(a *helperApp, end func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		a := newHelperApp()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- HoldOnClipboard(ctx, a, secret.New(testToken)) }()
		synctest.Wait()
		if a.Clipboard().Content() != testToken {
			t.Fatal("not copied")
		}
		beside(a, cancel)
		synctest.Wait()
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		default:
			t.Fatal("the helper stays")
		}
	})
}

func TestA69TheTraysTokenLeavesTheClipboard(t *testing.T) {
	hold(t, func(a *helperApp, _ func()) {
		time.Sleep(view.ClipboardTime - time.Millisecond) // the bubble's clock
		synctest.Wait()
		if a.Clipboard().Content() != testToken {
			t.Error("cleared too early")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if got := a.Clipboard().Content(); got != "" {
			t.Errorf("the clipboard has %q", got)
		}
	})
	hold(t, func(a *helperApp, _ func()) {
		a.Clipboard().SetContent("a shopping list")
		time.Sleep(view.ClipboardTime)
		synctest.Wait()
		if a.Clipboard().Content() != "a shopping list" {
			t.Error("somebody else's text was cleared")
		}
	})
	hold(t, func(a *helperApp, end func()) {
		end() // the desktop session ends
		synctest.Wait()
		if got := a.Clipboard().Content(); got != "" {
			t.Errorf("the clipboard has %q", got)
		}
	})
}

// TestA69TheTraysTokenIsCopiedOnce: on Wayland the helper has a window, to which a person may come back.
func TestA69TheTraysTokenIsCopiedOnce(t *testing.T) {
	t.Setenv("WAYLAND_DISPLAY", "wayland-0")
	t.Setenv("FYNE_PLATFORM", "")
	hold(t, func(a *helperApp, end func()) {
		a.Clipboard().SetContent("") // Wayland takes it from the program in front only
		a.hooks.foreground()
		if a.Clipboard().Content() != testToken {
			t.Error("not copied when the window came forward")
		}
		a.Clipboard().SetContent("a shopping list")
		a.hooks.foreground()
		if a.Clipboard().Content() != "a shopping list" {
			t.Error("the token came back")
		}
		end()
	})
}

// TestA69AGuestThatIsEndedAtOnceCopiesNothing: what is copied at the end of a program stays on some systems.
func TestA69AGuestThatIsEndedAtOnceCopiesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newHelperApp()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := HoldOnClipboard(ctx, a, secret.New(testToken)); err != nil {
			t.Error(err)
		}
		if a.board.sets > 0 {
			t.Error("it was there for a moment")
		}
	})
}
