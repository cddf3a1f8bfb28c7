// Package words is the one place where states and errors become sentences for people.
//
// Window, tray, command line and the browser's page take their texts from here, so that one thing has one message, one
// next step and one code wherever it is shown. Status has the words of an account, Of those of an error, T all others.
// Rules for every sentence:
//
//   - What happened first, in plain words and in the person's terms ("Acme", not "the authorization server").
//   - Then one thing to do next. If nothing is to be done, say so.
//   - No jargon in the first line; the technical cause stays in Detail, one click deeper.
//   - Sentence case; no exclamation marks; times as people say them.
//   - Whole sentences. What stands in a place is a name, a number, a time or a quotation, and no piece of a sentence.
//   - Arguments are shown as they come: whoever made the fault has cleaned them.
//
// # The catalogue
//
// The texts of a language are one file, catalogue/LANGUAGE.json. A new language is a new file. The keys say where a
// text is used:
//
//	fault.CODE.what, .next       what happened, and what to do next
//	fault.CODE/REASON.what, …    the same for one of the code's reasons, where that has words of its own
//	fault.CODE.cause             why it happens, for docs/errors.md
//	fault.CODE.meanwhile         what to do while Keyfob tries again by itself
//	fault.CODE.when-needed       the same of an account that is a program's own
//	fault.CODE.line              the state of an account on one line, where .what is too long
//	fault.CODE/REASON.field      one sentence below the field of a form, with what to do in it
//	finding.REASON               what is wrong in a document, of the field that it is about
//	cli.PATH.short, .long, …     what --help shows of a command
//	plural.one, .few, …          CLDR's rule for a plural form
//	KEY+name+other               KEY where these arguments are there
//
// The file has the form of go-i18n, which the tools of translators know. This package reads the form by itself. The
// library go-i18n would take all texts apart when the first is needed, which is 2.2 ms in place of 0.5, and 2.5 MB of
// the command line, or 0.2 MB where text/template is in it anyway. The catalogues of x/text/message are Go code that a
// tool makes, and no file for translators. Plural rules and numbers of golang.org/x/text would cost 0.4 MB, so the
// rules of CLDR and the separator of a number are texts of the catalogue. Tests read each file with go-i18n and compare
// both renderings, and compare plural forms with those of x/text.
//
// A test reads the source of the program: a sentence in it that is not from the catalogue is an error. With
// KEYFOB_LANGUAGE=qps the program speaks a language of brackets and accents, which shows what a test does not see.
//
// It may import: internal/fault, internal/account.
package words
