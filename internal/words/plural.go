package words

import (
	"strconv"
	"strings"
)

// A language's file has the rule of each plural form that it knows beside "other", under plural.zero to plural.many.
// The rules are those of CLDR as they are for whole numbers, in CLDR's own notation
// (https://unicode.org/reports/tr35/tr35-numbers.html#Language_Plural_Rules): "i = 1", "n % 10 = 2..4 and n % 100 !=
// 12..14".
var pluralForms = []string{"zero", "one", "two", "few", "many"}

// form is the plural form for n.
func (c *catalogue) form(n int) string {
	for _, form := range pluralForms {
		if rule := c.entry("plural." + form)["other"]; rule != "" && follows(max(n, -n), rule) {
			return form
		}
	}
	return "other"
}

// follows tells whether n follows a rule: one of its conditions, of which each has relations that all must hold.
func follows(n int, rule string) bool {
	for condition := range strings.SplitSeq(rule, " or ") {
		all := true
		for relation := range strings.SplitSeq(condition, " and ") {
			all = all && holds(n, relation)
		}
		if all {
			return true
		}
	}
	return false
}

// holds tells whether a relation holds: "n % 10 = 1,3..5". The operands n and i are the number. The others tell of
// digits behind the point and of exponents, which a whole number has none of.
func holds(n int, relation string) bool {
	left, right, is := strings.Cut(relation, " != ")
	if !is {
		left, right, _ = strings.Cut(relation, " = ")
	}
	operand, modulus, divided := strings.Cut(strings.TrimSpace(left), " % ")
	if operand != "n" && operand != "i" {
		n = 0
	}
	if m := number(modulus); divided && m > 0 {
		n %= m
	}
	return among(n, right) != is
}

// among tells whether n is in a list of numbers and ranges.
func among(n int, list string) bool {
	for part := range strings.SplitSeq(list, ",") {
		low, high, ranges := strings.Cut(strings.TrimSpace(part), "..")
		if !ranges {
			high = low
		}
		if number(low) <= n && n <= number(high) {
			return true
		}
	}
	return false
}

// number reads a number of a rule; -1 is none.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}
