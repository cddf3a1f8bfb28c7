//go:build linux

package stage

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"
)

// Browser is the Chromium of the person at this desktop, with one profile, so that a provider knows them again.
type Browser struct {
	ctx   context.Context //nolint:containedctx // chromedp keeps its browser in a context
	close func()
	exe   string // folder of its executables
	stage *Stage
}

// Tab is one page of it.
type Tab struct {
	ctx   context.Context //nolint:containedctx // chromedp keeps its tab in a context
	close context.CancelFunc
	stage *Stage
}

// Browser starts the browser on first use.
func (s *Stage) Browser(ctx context.Context) (*Browser, error) {
	if s.browser != nil {
		return s.browser, nil
	}
	return s.StartBrowser(ctx, nil)
}

// StartBrowser starts the browser with more command-line flags, by name, before anything else starts it.
func (s *Stage) StartBrowser(ctx context.Context, flags map[string]string) (*Browser, error) {
	path, err := need("chromium", "chromium-browser", "google-chrome")
	if err != nil {
		return nil, err
	}
	options := s.browserOptions(path)
	for name, value := range flags {
		options = append(options, chromedp.Flag(name, value))
	}
	allocated, cancelAll := chromedp.NewExecAllocator(context.WithoutCancel(ctx), options...)
	tab, cancelTab := chromedp.NewContext(allocated)
	b := &Browser{ctx: tab, close: func() { cancelTab(); cancelAll() }, stage: s}
	if err := chromedp.Do(tab); err != nil {
		b.close()
		return nil, fmt.Errorf("chromium: %w", err)
	}
	b.exe = folderOf(chromedp.FromContext(tab).Browser.Process().Pid)
	s.browser = b
	return b, nil
}

func (s *Stage) browserOptions(path string) []chromedp.ExecAllocatorOption {
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path),
		chromedp.UserDataDir(s.Path("home/chromium")),
		chromedp.NoInheritEnv,
		chromedp.Env(s.env...),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true), // else it looks for updates on a network that may not be there
		chromedp.WindowSize(1000, 700),
	)
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses root; containers are root
	}
	return options
}

// owns tells whether a process is a part of the browser.
func (b *Browser) owns(pid int) bool { return folderOf(pid) == b.exe }

func folderOf(pid int) string {
	exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return filepath.Dir(exe)
}

// Browse opens an address in a new tab.
func (s *Stage) Browse(ctx context.Context, url string) (*Tab, error) {
	b, err := s.Browser(ctx)
	if err != nil {
		return nil, err
	}
	tab, cancel := chromedp.NewContext(b.ctx)
	t := &Tab{ctx: tab, close: cancel, stage: s}
	if err := chromedp.Do(tab); err != nil { // a tab lives as long as the context of its first action
		return nil, err
	}
	_, err = within(ctx, t, chromedp.Navigate(url))
	return t, err
}

// within runs an action in the tab while ctx lasts.
func within[T any](ctx context.Context, t *Tab, action chromedp.Action[T]) (T, error) {
	both, cancel := context.WithCancel(t.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	v, err := chromedp.Run(both, action)
	if ctx.Err() != nil {
		return v, fmt.Errorf("the browser's page is not what was expected: %w", ctx.Err())
	}
	return v, err
}

// SignIn fills in the provider's form. A provider that knows the browser already shows none; then there is nothing to
// do.
func (t *Tab) SignIn(ctx context.Context, name, password string) error {
	username := chromedp.CSS(`input[name=username]`)
	if _, err := within(ctx, t, chromedp.WaitVisible(chromedp.CSS(`input[name=username], svg.mark`))); err != nil {
		return err
	}
	known, err := within(ctx, t, chromedp.Evaluate[bool](`document.querySelector('svg.mark') !== null`))
	if err != nil || known {
		return err
	}
	_, err = within(ctx, t, chromedp.Steps(
		chromedp.SendKeys(username, name),
		chromedp.SendKeys(chromedp.CSS(`input[name=password]`), password),
		chromedp.Click(chromedp.CSS(`form button`)),
	))
	return err
}

// Press presses the button whose words begin so.
func (t *Tab) Press(ctx context.Context, words string) error {
	_, err := within(ctx, t, chromedp.Click(fmt.Sprintf(`//button[starts-with(normalize-space(.), %q)]`, words)))
	return err
}

// Result waits for the page with which Keyfob ends a sign-in, and returns its address and its words.
func (t *Tab) Result(ctx context.Context) (url, text string, err error) {
	if _, err := within(ctx, t, chromedp.WaitVisible(chromedp.CSS(`svg.mark`))); err != nil {
		return "", "", err
	}
	if url, err = within(ctx, t, chromedp.Location()); err != nil {
		return "", "", err
	}
	text, err = within(ctx, t, chromedp.Text(chromedp.CSS(`main`)))
	return url, text, err
}

// Text waits for a page with a headline, and returns its words.
func (t *Tab) Text(ctx context.Context) (string, error) {
	if _, err := within(ctx, t, chromedp.WaitVisible(chromedp.CSS(`h1`))); err != nil {
		return "", err
	}
	return within(ctx, t, chromedp.Text(chromedp.CSS(`body`)))
}

// Evaluate runs a script in the page, and decodes what it comes to (a promise's result, if it is one).
func Evaluate[T any](ctx context.Context, t *Tab, script string) (T, error) {
	return within(ctx, t, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// Complains waits until the browser's console says those words about the page, while something is done to it.
func (t *Tab) Complains(ctx context.Context, words string, do func() error) error {
	both, cancel := context.WithCancel(t.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	messages := chromedp.Console(both)
	if err := do(); err != nil {
		return err
	}
	var said []string
	for message, err := range messages {
		if err != nil {
			return fmt.Errorf("the browser never said %q, but %q: %w", words, said, err)
		}
		if said = append(said, message.String()); strings.Contains(message.String(), words) {
			return nil
		}
	}
	return fmt.Errorf("the browser never said %q, but %q", words, said)
}

// History is the addresses that the tab's Back and Forward buttons know, and the one it shows.
func (t *Tab) History(ctx context.Context) ([]string, error) {
	h, err := within(ctx, t, chromedp.NavigationEntries())
	var urls []string
	for _, entry := range h.Entries {
		urls = append(urls, entry.URL)
	}
	return urls, err
}

// Screenshot saves the page as NAME.png.
func (t *Tab) Screenshot(ctx context.Context, name string) (string, error) {
	data, err := within(ctx, t, chromedp.CaptureScreenshot())
	if err != nil {
		return "", err
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	return t.stage.savePNG(name, img)
}

// Close closes the tab.
func (t *Tab) Close() { t.close() }
