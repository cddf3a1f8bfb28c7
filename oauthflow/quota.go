package oauthflow

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"keyfob/internal/account"
	"keyfob/internal/display"
)

// maxQuota bounds how long a quota that is used up keeps Keyfob from asking: a day, the longest that quotas of tokens
// are counted over. One that is counted by the month is asked for again every day.
const maxQuota = 24 * time.Hour

// quotaHeaders are where Auth0 counts tokens: `b=per_hour;q=10;r=7;t=3540,b=per_day;q=…`, the bucket, its size, what
// remains of it, and the seconds until it is full again. The names of an organization's are those of a client's.
var quotaHeaders = []struct{ name, of string }{
	{"Auth0-Client-Quota-Limit", ""}, {"Auth0-Organization-Quota-Limit", "organization "},
}

// maxQuotas bounds how many buckets are read from one response.
const maxQuotas = 8

// bucket is what a provider says of one quota. left is below zero where it is not said.
type bucket struct {
	name       string
	size, left int64
	reset      time.Duration
}

// usedUp tells whether a quota is used up, and how long until all that are have begun anew: 0 where that is not said.
func usedUp(h http.Header) (reset time.Duration, yes bool) {
	for _, b := range buckets(h) {
		if b.left == 0 {
			reset, yes = max(reset, b.reset), true
		}
	}
	return reset, yes
}

// quotasOf is what is left of each quota, for people to see; with Auth0's limit of requests.
func quotasOf(h http.Header, now time.Time) (quotas []account.Quota) {
	for _, b := range buckets(h) {
		if b.left >= 0 && b.name != "" {
			resets := nextSecond(now.Add(b.reset))
			quotas = append(quotas, account.Quota{Name: b.name, Size: b.size, Left: b.left, Resets: resets})
		}
	}
	size, err := strconv.ParseUint(h.Get("X-Ratelimit-Limit"), 10, 32)
	left, err1 := strconv.ParseUint(h.Get("X-Ratelimit-Remaining"), 10, 32)
	if err == nil && err1 == nil {
		resets, _ := NotBefore(http.Header{"Date": h["Date"], "X-Ratelimit-Reset": h["X-Ratelimit-Reset"]}, now, maxQuota)
		quotas = append(quotas,
			account.Quota{Name: "requests", Size: int64(size), Left: int64(left), Resets: nextSecond(resets)})
	}
	return quotas
}

func buckets(h http.Header) (all []bucket) {
	for _, from := range quotaHeaders {
		for _, header := range h.Values(from.name) {
			for text := range strings.SplitSeq(header, ",") {
				if len(all) < maxQuotas {
					all = append(all, readBucket(text, from.of))
				}
			}
		}
	}
	return all
}

func readBucket(text, of string) bucket {
	b := bucket{left: -1}
	for part := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if clean := display.Clean(value, 20); name == "b" && clean != "" {
			b.name = of + clean
		}
		number, err := strconv.ParseUint(value, 10, 32)
		switch {
		case err != nil:
		case name == "q":
			b.size = int64(number)
		case name == "r":
			b.left = int64(number)
		case name == "t":
			b.reset = min(time.Duration(number)*time.Second, maxQuota)
		}
	}
	return b
}
