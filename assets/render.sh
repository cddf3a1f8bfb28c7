#!/bin/sh
# Renders every PNG and ICO in icons/ from the SVG beside it. The results are committed, so that a build needs neither
# tool. On Debian: apt-get install librsvg2-bin icoutils
set -eu
cd "$(dirname "$0")/icons"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# The application. Below 32 pixels the ring and the tilt blur: a simpler drawing takes over.
for size in 32 48 64 128 256 512; do
	rsvg-convert --width $size --output keyfob-$size.png keyfob.svg
done
for size in 16 24; do
	rsvg-convert --width $size --output keyfob-$size.png keyfob-small.svg
done
icotool --create --output keyfob.ico keyfob-16.png keyfob-24.png keyfob-32.png keyfob-48.png --raw keyfob-256.png

# The tray: black ink for light panels (which is also what a macOS template wants), white for dark ones.
tray() { # drawing, ink, kind of panel
	printf 'svg { color: %s }' "$2" >"$tmp/ink.css"
	for size in 16 24 32 48; do
		rsvg-convert --stylesheet "$tmp/ink.css" --width $size --output "$tmp/$size.png" "$1.svg"
	done
	cp "$tmp/48.png" "$1-$3.png"
	icotool --create --output "$1-$3.ico" "$tmp/16.png" "$tmp/24.png" "$tmp/32.png"
}
for state in signed-in signed-out needs-you waiting; do
	tray tray-$state '#000' light
	tray tray-$state '#fff' dark
done
