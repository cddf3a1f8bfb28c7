// Package display makes text from outside fit to be shown to a person.
//
// Names in a profile, claims of an ID token, an error_description: all of it may hold escape sequences that drive a
// terminal, characters that turn the reading direction or take no room, and hosts that only look like another.
// Whatever a person reads on a card, in a log, in a terminal or on the browser's page passes through Clean or Host.
//
// It is a leaf: it imports nothing of ours.
package display
