// Package assets is what Keyfob shows that is not code: the icons, the colours, the page that the browser shows after
// a sign-in, and the profile of the demo.
//
// The page obeys what RFC 8252 and RFC 9700 leave to the client: it runs no script, loads nothing from anywhere, and
// its Content-Security-Policy allows its own style by hash and nothing else. The colours are defined here once, so
// that the page, the demo's pages and the window's theme cannot drift apart.
//
// The pictures in icons/ are rendered from the SVG beside them by render.sh, and committed.
//
// It may import: words.
package assets
